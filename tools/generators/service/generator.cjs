// `npx nx g @gatehouse/tools:service <name>`. CommonJS, because Nx loads generators with `require`.
const { formatFiles, generateFiles, installPackagesTask, names, readJson, updateJson } = require('@nx/devkit');
const { join } = require('node:path');
const { refusalOfName } = require('./service-name.cjs');

/**
 * Scaffolds `apps/<name>`: a service like `apps/orders`, protected from its first route, with Dockerfile, Kubernetes manifests,
 * README and tests, in the walls and in `npm test`.
 *
 * @param {import('@nx/devkit').Tree} tree
 * @param {{ name: string, port?: number, skipInstall?: boolean }} options
 * @throws {Error} for a name that cannot be used, before anything is written.
 */
module.exports = async function service(tree, { name, port = 8083, skipInstall = false }) {
  const refusal = refusalOfName(name, (folder) => tree.exists(folder));
  if (refusal) throw new Error(refusal);

  const root = `apps/${name}`;
  const { className, propertyName } = names(name);
  // The versions the other services run, so that one upgrade is one upgrade.
  const { version, dependencies, devDependencies } = readJson(tree, 'apps/orders/package.json');
  const versions = { ...devDependencies, ...dependencies };
  // And the base of their images.
  const [, base] = /^FROM (\S+) AS base$/m.exec(tree.read('docker/Dockerfile', 'utf8'));
  generateFiles(tree, join(__dirname, 'files'), root, { name, port, className, propertyName, version, versions, base });

  updateJson(tree, 'tsconfig.json', (config) => {
    config.references.push({ path: `./${root}` });
    return config;
  });
  await formatFiles(tree);
  // Links the new package into node_modules and writes it into the lock file.
  return skipInstall ? undefined : () => installPackagesTask(tree, true);
};
