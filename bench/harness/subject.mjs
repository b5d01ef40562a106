import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { MEASURED_PAGE, records, withMeasured } from '../../tools/docs/measured-figures.mjs';
import { markdown, text } from '../validator/report.mjs';
import { runPieces } from '../validator/run.mjs';
import { exitCode } from './judge.mjs';
import { machineFacts } from './placement.mjs';
import { versions } from './versions.mjs';
import { writeBetweenMarkers, writeJson } from './write-results.mjs';

const page = new URL('../README.md', import.meta.url);

/**
 * A subject of the benchmark: its pieces one after the other, its results on file and on the page.
 *
 * @param {string} name - of the results and of the markers on the page
 * @param {Record<string, object>} pieces - see `validator/pieces.mjs`
 * @param {(outcome: object) => string} [more] - what else the page says of it
 */
export function subjectOf(name, pieces, more = () => '') {
  const results = new URL(`../results/${name}.json`, import.meta.url);
  return {
    pieceNames: Object.keys(pieces),
    /** @returns what the process ends with, see `exitCode`. A quick run writes nothing: its figures mean nothing. */
    async run({ names, quick, json }) {
      const log = (line) => process.stderr.write(`${line}\n`);
      const done = await runPieces(pieces, { names, quick, log });
      const outcome = { subject: name, quick, machine: machineFacts(), versions: versions(), pieces: done };
      if (!quick) {
        const all = { ...outcome, pieces: { ...onFile(results, outcome.machine), ...done } };
        await writeJson(results, all);
        await writeBetweenMarkers(page, name, [markdown(all), more(all)].join('\n'));
        quote(log);
      }
      process.stdout.write(json ? `${JSON.stringify(outcome, null, 2)}\n` : text(outcome));
      return exitCode(outcome);
    },
  };
}

/** The page that computes with these figures. A record that lacks some of them is no reason to lose this one. */
function quote(log) {
  const top = new URL('../../', import.meta.url);
  const quoting = new URL(MEASURED_PAGE, top);
  try {
    writeFileSync(quoting, withMeasured(readFileSync(quoting, 'utf8'), records(fileURLToPath(top))));
  } catch (error) {
    log(`${MEASURED_PAGE} stays as it is: ${error.message}`);
  }
}

/**
 * What was measured before on such a machine, so that one piece can be measured again. Another build of its kernel makes no other
 * machine: what counts are ratios, and no piece is compared with another.
 */
function onFile(results, machine) {
  if (!existsSync(results)) return {};
  const earlier = JSON.parse(readFileSync(results, 'utf8'));
  const kind = ({ kernel, ...facts }) => JSON.stringify(facts);
  return kind(earlier.machine) === kind(machine) ? earlier.pieces : {};
}
