// `node tools/docs/write-error-codes.mjs`: writes docs/troubleshooting.md from the codes of the built libraries and what error-codes.mjs says
// about them. `--check` writes nothing and fails when the page is not what it would be, or a code has no advice.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { ERROR_CODES } from '../../libs/contracts/dist/index.js';
import { PROBLEMS } from '../../libs/failures/dist/index.js';
import { renderErrorCodes } from './error-codes.mjs';

const PAGE = join(import.meta.dirname, '../../docs/troubleshooting.md');

const { text, faults } = renderErrorCodes(ERROR_CODES, PROBLEMS);
const wanted = await format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
if (!process.argv.includes('--check')) writeFileSync(PAGE, wanted);
else if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== wanted) {
  faults.push('docs/troubleshooting.md is not what the codes say: node tools/docs/write-error-codes.mjs');
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
