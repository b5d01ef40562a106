import { fileURLToPath } from 'node:url';

/** Folder of the repository, without a slash at the end. */
export const TOP = fileURLToPath(new URL('../..', import.meta.url)).replace(/[/\\]$/, '');

/** Throws, in one sentence, on a Node that the project does not run on. */
export function checkNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new Refusal(`Node 20.19 or newer is needed; this is ${version}.`);
}

/** Something the person at the keyboard can mend: told as it is, without a stack. */
export class Refusal extends Error {}

/** Runs `main`; a failure becomes a sentence on standard error and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Refusal ? error.message : (error?.stack ?? error)}\n`);
    process.exitCode = 1;
  }
}
