import { join } from 'node:path';
import { findProgram, run } from './command.mjs';
import { canInstall, installPackages } from './debian.mjs';
import { Refusal, TOP } from './top.mjs';

const COMPOSE = join(TOP, 'docker', 'compose.test.yaml');

/** What the tests run against. The Debian packages hold the programs; the tests start them privately. */
const SERVERS = [
  { name: 'Redis', programs: ['redis-server'], debian: 'redis-server' },
  { name: 'MySQL or MariaDB', programs: ['mysqld', 'mariadbd'], debian: 'mariadb-server-core' },
  // Asked by the program that makes an empty database; MySQL brings it along, Debian has it in another package.
  { name: 'my_print_defaults', programs: ['my_print_defaults'], debian: 'mariadb-client-core' },
];

const missing = () => SERVERS.filter(({ programs }) => !findProgram(...programs));

/**
 * Sees to it that there are a Redis and a MySQL to test against, by the first way that works here: programs on the PATH,
 * Debian's packages (as root), containers.
 *
 * @returns the settings tests need beside that, and how to take down what was put up.
 */
export async function provideServers(say = console.log) {
  if (missing().length > 0 && canInstall()) {
    const packages = missing().map(({ debian }) => debian);
    say(`servers: installing ${packages.join(' ')} with apt-get`);
    await installPackages(...packages);
  }
  const still = missing();
  if (still.length === 0) {
    say(`servers: ${SERVERS.map(({ programs }) => findProgram(...programs)).join(', ')}`);
    return { env: {}, release: async () => {} };
  }
  if (findProgram('docker') && (await run('docker', ['compose', '-f', COMPOSE, 'up', '-d', '--wait'])) === 0) {
    say('servers: containers from docker/compose.test.yaml');
    return {
      // What the caller has set counts more.
      env: {
        TEST_REDIS_URL: process.env.TEST_REDIS_URL ?? 'redis://127.0.0.1:16379',
        TEST_DATABASE_URL: process.env.TEST_DATABASE_URL ?? 'mysql://root:test@127.0.0.1:13306',
      },
      release: async () => void (await run('docker', ['compose', '-f', COMPOSE, 'down', '--volumes'])),
    };
  }
  throw new Refusal(
    `${still.map(({ name }) => name).join(' and ')} needed for the tests and not found. One of three ways helps: put ` +
      `${still.map(({ programs }) => programs.join(' or ')).join(' and ')} on the PATH; run this as root on Debian or ` +
      'Ubuntu, where it installs the packages; or start Docker, where it uses docker/compose.test.yaml.',
  );
}
