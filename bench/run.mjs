// `npm run bench [-- --quick] [-- --json]`: ratios, measured side by side in one run.
import { mkdirSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { firstSight } from './first-sight.mjs';
import { propagation } from './propagation.mjs';
import { warmRoute } from './warm-route.mjs';

const asJson = process.argv.includes('--json');
const quick = process.argv.includes('--quick');
const log = (text) => process.stderr.write(`${text}\n`);

log('First sight of a token (ES256)');
const first = await firstSight({ rounds: quick ? 3 : 9, log });
log('From a sign-out to its refusal by another process');
const spread = await propagation({ rounds: quick ? 20 : 100, log });
log('A guarded route with a warm token, beside the same route without authentication');
const warm = await warmRoute({ rounds: quick ? 2 : 8, secondsPerRound: quick ? 1 : 3, log });

const results = {
  node: process.version,
  cores: availableParallelism(),
  at: new Date().toISOString(),
  first,
  spread,
  warm,
};
const folder = new URL('./results/', import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL('latest.json', folder), `${JSON.stringify(results, null, 2)}\n`);
process.stdout.write(asJson ? `${JSON.stringify(results, null, 2)}\n` : report(results));

function report({ first: f, spread: s, warm: w }) {
  const us = (value) => `${value.toFixed(1)} µs`;
  const range = ({ median, lowest, highest }) =>
    `${median.toFixed(2)} (rounds ${lowest.toFixed(2)} to ${highest.toFixed(2)})`;
  const usable = w.control.median >= 0.95 && w.control.median <= 1.05;
  return `
Token check, ES256
  bare signature         ${us(f.signatureUs)}
  first sight            ${us(f.firstSightUs)}   speed to the bare signature ${range(f.firstSightToSignature)}
  seen before            ${us(f.warmUs)}

Sign-out acknowledged -> refused by another process (${s.rounds} times)
  p50 ${s.p50Ms.toFixed(1)} ms   p99 ${s.p99Ms.toFixed(1)} ms   max ${s.maxMs.toFixed(1)} ms   refused before acknowledged: ${s.refusedBeforeAcknowledged}

Guarded route, warm token, to the same route without authentication
  ratio    ${range(w.guardedToOpen)}
  control  ${range(w.control)}   ${usable ? '' : 'outside 0.95 to 1.05: this run does not count'}
`;
}
