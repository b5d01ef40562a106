import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * That whoever has an account at Redis or MySQL is given its password and not another's, and nobody a secret without a use for it.
 *
 * @param {object} service - of a Compose file @param {{ folder: string, textOf: (file: string) => string }} known
 * @param {(text: string) => void} fault
 */
export function hasItsOwnSecrets(
  { environment = {}, command = [], secrets = [], volumes = [] },
  { folder, textOf },
  fault,
) {
  isWhoItSays(environment, 'REDIS_USERNAME', 'REDIS_PASSWORD_FILE', 'redis', fault);
  isWhoItSays(environment, 'DB_USER', 'DB_PASSWORD_FILE', 'mysql', fault);
  const files = volumes
    .map((mount) => String(mount).split(':')[0])
    .filter((file) => /\.(sh|conf|ya?ml)$/.test(file) && !file.includes('.secrets') && existsSync(join(folder, file)));
  const said = [...Object.values(environment), ...command, ...files.map(textOf)].map(String).join('\n');
  for (const name of secrets) {
    const isNamed = new RegExp(`(^|[\\s/"'=:])${name.replaceAll('.', '\\.')}($|[\\s"',)\\]])`, 'm').test(said);
    if (!isNamed) fault(`is given the secret ${name}, for which it has no use`);
  }
}

function isWhoItSays(environment, account, password, store, fault) {
  const name = environment[account];
  if (name === undefined) return;
  const own = `/run/secrets/${store}-${name.replace(/^gatehouse-/, '')}-password`;
  if (environment[password] !== own) fault(`is ${name} at ${store}, with another password than ${own}`);
}
