// `npm run rehearse -- <name> [--json] [--record] [...]`: goes through with real processes what production will one day ask for, and
// says what was seen. A tick is printed for each step as it passes; the table at the end holds every figure; the exit code is 1
// when anything was not as promised. `--json` puts the same, and nothing else, on standard output. `--record` keeps what was seen, unless
// something was not as promised, and puts it on the page of documents that tells of it.
import { parseArgs } from 'node:util';
import { checkNode, Refusal, runMain, TOP } from '../run/top.mjs';
import { keepRecord } from './record.mjs';
import { rehearsals } from './rehearsals.mjs';
import { Report } from './report.mjs';

const COMMON = { json: { type: 'boolean', default: false }, record: { type: 'boolean', default: false } };

await runMain(async () => {
  checkNode();
  const [name, ...rest] = process.argv.slice(2);
  if (!rehearsals[name]) throw new Refusal(`There is to rehearse:\n${listed()}`);
  const rehearsal = await rehearsals[name].load();
  const { values } = read(rest, rehearsal.options);
  const { json, record, ...options } = values;
  const report = new Report(name, { json });
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => report.giveUp(signal));
  try {
    await rehearsal.run(report, options);
  } catch (error) {
    report.failed(error);
  } finally {
    await report.tidyUp();
  }
  process.exitCode = report.end();
  if (record && process.exitCode === 0) report.say(keepRecord(TOP, report.facts()));
});

function listed() {
  const width = Math.max(...Object.keys(rehearsals).map((name) => name.length));
  return Object.entries(rehearsals)
    .map(([name, { about }]) => `  ${name.padEnd(width)}  ${about}`)
    .join('\n');
}

function read(args, own = {}) {
  try {
    return parseArgs({ args, options: { ...COMMON, ...own } });
  } catch (error) {
    throw new Refusal(error.message);
  }
}
