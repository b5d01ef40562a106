import { findProgram, run } from './command.mjs';

/** Whether this process may install Debian's packages. */
export const canInstall = () => process.getuid?.() === 0 && findProgram('apt-get') !== undefined;

/** Installs packages; what cannot be installed is for the caller to find missing. */
export async function installPackages(...packages) {
  const options = { env: { DEBIAN_FRONTEND: 'noninteractive' } };
  // An index that cannot be fetched anew may still do; what cannot be installed is told afterwards.
  await run('apt-get', ['update', '-qq'], options);
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], options);
}
