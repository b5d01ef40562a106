import 'reflect-metadata';
import { runKeysCli } from './keys/cli/run-keys-cli.js';

// `npm run keys:new`, `keys:list`, `keys:rotate`, `keys:revoke`, `keys:reseal`.
const { exitCode, lines } = await runKeysCli(process.argv.slice(2), process.env);
(exitCode === 0 ? process.stdout : process.stderr).write(`${lines.join('\n')}\n`);
process.exitCode = exitCode;
