// Sees to it that there is what tests and benches run against, as `npm test` does before it begins.
import { providePeers } from './peers.mjs';
import { provideServers } from './servers.mjs';

// Benches start programs of their own: containers would be no help to them, and would stay.
await (await provideServers()).release();
await providePeers();
