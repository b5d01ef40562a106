import { existsSync, readFileSync } from 'node:fs';
import { exitCode } from '../harness/judge.mjs';
import { machineFacts } from '../harness/placement.mjs';
import { versions } from '../harness/versions.mjs';
import { writeBetweenMarkers, writeJson } from '../harness/write-results.mjs';
import { markdown, text } from '../validator/report.mjs';
import { runPiece } from '../validator/run.mjs';
import { PIECES } from './pieces.mjs';

const results = new URL('../results/auth.json', import.meta.url);
const page = new URL('../README.md', import.meta.url);

export const pieceNames = Object.keys(PIECES);

/** @returns what the process ends with, see `exitCode`. A quick run writes nothing: its figures mean nothing. */
export async function run({ names, quick, json }) {
  const log = (line) => process.stderr.write(`${line}\n`);
  const pieces = {};
  for (const [i, name] of names.entries()) {
    log(`[${i + 1}/${names.length}] ${PIECES[name].title}`);
    pieces[name] = await runPiece(PIECES[name], { quick, log });
    if (pieces[name].isHanging) break;
  }
  const outcome = { subject: 'auth', quick, machine: machineFacts(), versions: versions(), pieces };
  if (!quick) {
    const all = { ...outcome, pieces: { ...piecesOnFile(outcome.machine), ...pieces } };
    await writeJson(results, all);
    await writeBetweenMarkers(page, 'auth', markdown(all));
  }
  process.stdout.write(json ? `${JSON.stringify(outcome, null, 2)}\n` : text(outcome));
  return exitCode(outcome);
}

/** What was measured before on this very machine, so that one piece can be measured again. */
function piecesOnFile(machine) {
  if (!existsSync(results)) return {};
  const earlier = JSON.parse(readFileSync(results, 'utf8'));
  return JSON.stringify(earlier.machine) === JSON.stringify(machine) ? earlier.pieces : {};
}
