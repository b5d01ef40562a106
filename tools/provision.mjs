// Makes this machine ready for the tests: packages, a Redis, a MySQL, a Python, and the software the whole is tried with. `npm test` does the same by itself.
import { install } from './run/install.mjs';
import { providePeers } from './run/peers.mjs';
import { providePython } from './run/python.mjs';
import { provideServers } from './run/servers.mjs';
import { checkNode, runMain } from './run/top.mjs';

await runMain(async () => {
  checkNode();
  console.log(`packages: ${await install()}`);
  const { env } = await provideServers();
  await providePython();
  await providePeers();
  for (const [name, value] of Object.entries(env)) console.log(`export ${name}=${value}`);
});
