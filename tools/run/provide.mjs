// Sees to it that there is what tests and benches run against, as `npm test` does before it begins.
import { providePeers } from './peers.mjs';
import { provideServers } from './servers.mjs';

await provideServers();
await providePeers();
