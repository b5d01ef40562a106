import { availableParallelism } from 'node:os';
import { inLanes } from '../harness/lanes.mjs';
import { isSteady } from '../harness/rounds.mjs';
import { writeJson } from '../harness/write-results.mjs';
import { firstSight } from './first-sight.mjs';
import { propagation } from './propagation.mjs';
import { warmRoute } from './warm-route.mjs';

const results = new URL('../results/main-job.json', import.meta.url);

const PIECES = {
  'first-sight': {
    title: 'First sight of a token (ES256)',
    measure: (quick, log) => firstSight({ rounds: quick ? 3 : 9, log }),
    report: (f) => `
Token check, ES256
  bare signature         ${us(f.signatureUs)}
  first sight            ${us(f.firstSightUs)}   speed to the bare signature ${range(f.firstSightToSignature)}
  seen before            ${us(f.warmUs)}
`,
  },
  propagation: {
    title: 'From a sign-out to its refusal by another process',
    measure: (quick, log) => propagation({ rounds: quick ? 5 : 100, log }),
    report: (s) => `
Sign-out acknowledged -> refused by another process (${s.rounds} times)
  p50 ${s.p50Ms.toFixed(1)} ms   p99 ${s.p99Ms.toFixed(1)} ms   max ${s.maxMs.toFixed(1)} ms   refused before acknowledged: ${s.refusedBeforeAcknowledged}
`,
  },
  'warm-route': {
    title: 'A guarded route with a warm token, beside the same route without authentication',
    measure: (quick, log) => warmRoute({ rounds: quick ? 1 : 8, secondsPerRound: quick ? 1 : 3, log }),
    report: (w) => `
Guarded route, warm token, to the same route without authentication
  ratio    ${range(w.guardedToOpen)}
  control  ${range(w.control)}   ${isSteady(w.control) ? '' : 'outside 0.95 to 1.05: this run does not count'}
`,
    counts: (w) => isSteady(w.control),
  },
};

export const pieceNames = Object.keys(PIECES);

/** @returns 1 when a control tells that the run does not count, else 0. A quick run is not judged and writes nothing. */
export async function run({ names, quick, json }) {
  const log = (line) => process.stderr.write(`${line}\n`);
  const outcome = { node: process.version, cores: availableParallelism(), at: new Date().toISOString(), pieces: {} };
  await inLanes(names, quick ? names.length : 1, async (name) => {
    log(PIECES[name].title);
    outcome.pieces[name] = await PIECES[name].measure(quick, log);
  });
  if (!quick && names.length === pieceNames.length) await writeJson(results, outcome);
  const report = () => names.map((name) => PIECES[name].report(outcome.pieces[name])).join('');
  process.stdout.write(json ? `${JSON.stringify(outcome, null, 2)}\n` : report());
  const counts = names.every((name) => PIECES[name].counts?.(outcome.pieces[name]) ?? true);
  return quick || counts ? 0 : 1;
}

const us = (value) => `${value.toFixed(1)} µs`;
const range = ({ median, lowest, highest }) =>
  `${median.toFixed(2)} (rounds ${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
