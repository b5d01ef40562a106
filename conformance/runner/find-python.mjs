import { spawnSync } from 'node:child_process';

const USABLE = 'import sys, cryptography; sys.exit(sys.version_info < (3, 11))';

/** Debian's package of the same name, for the system's own Python. */
export const PYTHON_PACKAGE = 'python3-cryptography';

export const PYTHON_MISSING =
  'Python 3.11 or newer with the package "cryptography" is needed to run the vectors in a second language, and was not ' +
  `found. One of three ways helps: apt-get install ${PYTHON_PACKAGE} (npm test does so when it runs as root on Debian or ` +
  'Ubuntu); pip install cryptography for the python3 on the PATH; or TEST_PYTHON with the path of a Python that has it.';

/** `TEST_PYTHON` if set, else the first that can run the Python validator: that on the PATH, or the system's own. */
export function findPython() {
  const candidates = process.env.TEST_PYTHON ? [process.env.TEST_PYTHON] : ['python3', '/usr/bin/python3'];
  return candidates.find((candidate) => spawnSync(candidate, ['-c', USABLE], { stdio: 'ignore' }).status === 0);
}
