import { findPython, PYTHON_MISSING, PYTHON_PACKAGE } from '../../conformance/runner/find-python.mjs';
import { canInstall, installPackages } from './debian.mjs';
import { Refusal } from './top.mjs';

/** Sees to it that there is a Python for the validator in a second language: one that is there, or Debian's (as root). */
export async function providePython(say = console.log) {
  if (!findPython() && canInstall()) {
    say(`python: installing ${PYTHON_PACKAGE} with apt-get`);
    await installPackages(PYTHON_PACKAGE);
  }
  const python = findPython();
  if (!python) throw new Refusal(PYTHON_MISSING);
  say(`python: ${python}`);
}
