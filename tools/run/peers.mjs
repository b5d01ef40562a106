import { existsSync } from 'node:fs';
import { findProgram } from './command.mjs';
import { canInstall, installPackages } from './debian.mjs';
import { Refusal } from './top.mjs';

/** Software nobody here wrote, which the whole is tried with: in front of it, beside it, and as its browser. */
const PEERS = [
  { name: 'NGINX', programs: ['nginx'], debian: 'nginx' },
  {
    name: 'Apache with mod_auth_openidc',
    programs: ['apache2'],
    file: '/usr/lib/apache2/modules/mod_auth_openidc.so',
    debian: 'libapache2-mod-auth-openidc',
  },
  { name: 'Caddy', programs: ['caddy'], debian: 'caddy' },
  { name: 'HAProxy', programs: ['haproxy'], debian: 'haproxy' },
  { name: 'OpenSSL', programs: ['openssl'], debian: 'openssl' },
  { name: 'Chromium', programs: ['chromium'], debian: 'chromium' },
  { name: 'Prometheus', programs: ['prometheus'], debian: 'prometheus' },
  { name: 'promtool', programs: ['promtool'], debian: 'prometheus' },
  { name: 'Alertmanager', programs: ['prometheus-alertmanager', 'alertmanager'], debian: 'prometheus-alertmanager' },
  { name: 'Redis exporter', programs: ['prometheus-redis-exporter'], debian: 'prometheus-redis-exporter' },
  { name: 'MySQL exporter', programs: ['prometheus-mysqld-exporter'], debian: 'prometheus-mysqld-exporter' },
  // Of the same packages as the server the tests run against; a dump and what brings it back are tried with them.
  { name: 'mysqldump', programs: ['mysqldump'], debian: 'mariadb-client' },
  { name: 'mysqlbinlog', programs: ['mysqlbinlog', 'mariadb-binlog'], debian: 'mariadb-client' },
  { name: 'amtool', programs: ['amtool'], debian: 'prometheus-alertmanager' },
];

const isThere = ({ programs, file }) => findProgram(...programs) !== undefined && (!file || existsSync(file));
const missing = () => PEERS.filter((peer) => !isThere(peer));

/** Sees to it that they are there: on the machine already, or Debian's packages (as root). */
export async function providePeers(say = console.log) {
  if (missing().length > 0 && canInstall()) {
    const packages = missing().map(({ debian }) => debian);
    say(`peers: installing ${packages.join(' ')} with apt-get`);
    await installPackages(...packages);
  }
  const still = missing();
  if (still.length > 0) {
    throw new Refusal(
      `${still.map(({ name }) => name).join(', ')} needed for the tests of the whole and not found. Run this as root on Debian or ` +
        `Ubuntu, where it installs the packages (${still.map(({ debian }) => debian).join(' ')}), or put them on the PATH.`,
    );
  }
  say(`peers: ${PEERS.map(({ programs }) => findProgram(...programs)).join(', ')}`);
}
