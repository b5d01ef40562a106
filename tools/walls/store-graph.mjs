// The walls between projects read Nx's stored graph, and step aside with a mere warning where none is stored yet: on a
// fresh clone every import would pass. Whoever lints calls this first.
import { createProjectGraphAsync } from '@nx/devkit';

process.env.NX_DAEMON ??= 'false';
await createProjectGraphAsync();
