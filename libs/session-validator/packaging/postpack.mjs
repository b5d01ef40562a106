// After `npm pack` and `npm publish`: the workspace has its own manifest again.
import { restoreManifest } from './manifest-swap.mjs';

restoreManifest();
