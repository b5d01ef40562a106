import { runGatewayCli } from './commands/run-gateway-cli.js';

// The environment goes on to where the gateway's own settings are read.
const { argv, stdout, stderr } = process;
process.exitCode = runGatewayCli({
  args: argv.slice(2),
  env: process.env,
  out: (text) => void stdout.write(text),
  err: (text) => void stderr.write(text),
});
