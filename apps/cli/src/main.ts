import { readFileSync } from 'node:fs';
import { runCli } from './run-cli.js';

const { argv, env, stdin, stdout, stderr } = process;
const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const code = await runCli(argv.slice(2), { env, stdin, stdout, stderr, version });
// Ended outright: a connection that hangs in closing must not hold up whoever waits for the answer.
stdout.write('', () => process.exit(code));
