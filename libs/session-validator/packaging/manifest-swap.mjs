import { copyFileSync, existsSync, renameSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const PACKAGE = fileURLToPath(new URL('..', import.meta.url)).replace(/[/\\]$/, '');
export const MANIFEST = `${PACKAGE}/package.json`;
/** In `dist`, which git ignores. */
const KEPT = `${PACKAGE}/dist/workspace-package.json`;

export function keepManifest() {
  copyFileSync(MANIFEST, KEPT);
}

/** Puts back what was kept, also by a run that was cut short before it could. */
export function restoreManifest() {
  if (existsSync(KEPT)) renameSync(KEPT, MANIFEST);
}
