import { parse } from 'yaml';

/** Networks on which nobody shall find a way out. */
const CLOSED = ['services', 'data', 'monitoring'];
/** What MySQL is told for nothing acknowledged to be lost, and every change since the last dump to be there. */
const DURABLE = ['--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1', /^--log-bin=/];
/** Of each service: /ready says no, then requests in flight; the gateway's file says its own. And some air. */
const DRAIN = { delay: '5s', deadline: '10s' };
const AIR_SECONDS = 5;

/**
 * What a whole set-up must be to last: networks that stay shut, services that come back, ends that are not cut short, a MySQL that keeps what
 * it has acknowledged.
 *
 * @param {{ services: Record<string, object>, networks?: Record<string, object> }} model
 * @param {{ textOf: (file: string) => string }} known
 * @returns {string[]} faults
 */
export function lastingFaults({ services, networks = {} }, { textOf }) {
  const open = CLOSED.filter((name) => networks[name]?.internal !== true);
  return [
    ...open.map((name) => `the network ${name} leads out`),
    ...Object.entries(services).flatMap(([name, service]) =>
      [...comesBack(service, services, name), ...endsInTime(service, textOf), ...keepsWhatItSaid(service)].map(
        (fault) => `${name}: ${fault}`,
      ),
    ),
  ];
}

/** A job is waited for to its end; whoever is started by hand has none to come back from. */
function comesBack({ restart, profiles }, services, name) {
  const isJob = Object.values(services).some(
    ({ depends_on: needs = {} }) => needs[name]?.condition === 'service_completed_successfully',
  );
  return isJob || profiles || restart === 'unless-stopped' ? [] : ['stays away when it has ended'];
}

function endsInTime({ image, command, volumes = [], stop_grace_period: given = '10s' }, textOf) {
  // With a command of its own it is a job, which serves nobody.
  if (command || !/^gatehouse\/(auth|orders|gateway):/.test(image)) return [];
  const file = volumes.map((mount) => String(mount).split(':')[0]).find((one) => one.startsWith('./gateway/'));
  const { delay, deadline } = { ...DRAIN, ...(file && parse(textOf(file)).server.drain) };
  const needed = seconds(delay) + seconds(deadline) + AIR_SECONDS;
  return seconds(given) >= needed ? [] : [`is given ${given} for its end and may need ${needed} s`];
}

function keepsWhatItSaid({ image, command = [] }) {
  if (!image.startsWith('mysql:')) return [];
  return DURABLE.filter(
    (wanted) => !command.some((one) => (wanted instanceof RegExp ? wanted.test(one) : one === wanted)),
  ).map((wanted) => `is not told ${wanted instanceof RegExp ? '--log-bin' : wanted}`);
}

function seconds(text) {
  const [, number, unit] = /^(\d+)(s|m)$/.exec(text) ?? [];
  if (!number) throw new Error(`${text} is no time`);
  return Number(number) * (unit === 'm' ? 60 : 1);
}
