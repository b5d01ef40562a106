import { runCli } from './run-cli.js';

const { argv, env, stdin, stdout, stderr } = process;
const code = await runCli(argv.slice(2), { env, stdin, stdout, stderr });
// Ended outright: a connection that hangs in closing must not hold up whoever waits for the answer.
stdout.write('', () => process.exit(code));
