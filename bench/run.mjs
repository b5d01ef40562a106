// `npm run bench [-- validator|auth|gateway] [--quick] [--json] [--only <piece>[,<piece>]]`: ratios, measured side by side in one run.
import { parseArgs } from 'node:util';
import * as auth from './auth/subject.mjs';
import * as gateway from './gateway/subject.mjs';
import { pinNothing } from './harness/placement.mjs';
import * as mainJob from './main-job/subject.mjs';
import * as validator from './validator/subject.mjs';

class WrongArguments extends Error {}

const subjects = { 'main-job': mainJob, validator, auth, gateway };

try {
  const { subject, ...options } = readArguments(process.argv.slice(2));
  if (options.quick) pinNothing();
  process.exit(await subjects[subject].run(options));
} catch (error) {
  const isWrongUse = error instanceof WrongArguments || error.code?.startsWith('ERR_PARSE_ARGS');
  process.stderr.write(`${isWrongUse ? error.message : error.stack}\n`);
  process.exit(1);
}

function readArguments(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { quick: { type: 'boolean' }, json: { type: 'boolean' }, only: { type: 'string' } },
  });
  const [subject = 'main-job', ...rest] = positionals;
  if (!subjects[subject] || rest.length > 0)
    throw new WrongArguments(`There is ${Object.keys(subjects).join(', ')} to measure.`);
  const known = subjects[subject].pieceNames;
  const names = values.only?.split(',') ?? known;
  if (names.some((name) => !known.includes(name)))
    throw new WrongArguments(`The pieces of ${subject} are ${known.join(', ')}.`);
  return { subject, names, quick: values.quick ?? false, json: values.json ?? false };
}
