import { exitCode } from '../harness/judge.mjs';
import { writeBetweenMarkers, writeJson } from '../harness/write-results.mjs';
import { PIECES } from './pieces.mjs';
import { markdown, text } from './report.mjs';
import { joined, runValidator } from './run.mjs';

const results = new URL('../results/validator.json', import.meta.url);
const page = new URL('../README.md', import.meta.url);

export const pieceNames = Object.keys(PIECES);

/** @returns what the process ends with, see `exitCode`. A quick run writes nothing: its figures mean nothing. */
export async function run({ names, quick, json }) {
  const log = (line) => process.stderr.write(`${line}\n`);
  const outcome = await runValidator({ names, quick, log });
  if (!quick) {
    const all = joined(outcome, results);
    await writeJson(results, all);
    await writeBetweenMarkers(page, 'validator', markdown(all));
  }
  process.stdout.write(json ? `${JSON.stringify(outcome, null, 2)}\n` : text(outcome));
  return exitCode(outcome);
}
