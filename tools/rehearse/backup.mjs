import { setTimeout as pause } from 'node:timers/promises';
import { eventually, startMysql } from '../../libs/testing/dist/index.js';
import { Members } from './members.mjs';
import { authEnv, bringBack, dump, execute, job, startBackend, startWithBinlog } from './stage/backend.mjs';
import { giveAccounts } from './stage/stores.mjs';

/**
 * Loses MySQL and Redis with all their data, between one move and the next, and brings back what was acknowledged: from a dump, the
 * binlog since then, and nothing of Redis. Then goes back to the moment before somebody deletes everybody.
 */
export async function run(report) {
  const scene = await startBackend(report);
  const members = new Members(scene);
  members.begin();
  await report.step('people sign up, in and out, refresh and order', () => until(members, 12));
  await report.step('the nightly dump is taken meanwhile', () => dump(scene));
  await report.step('they go on after it', () => until(members, 24));
  const lostAtMs = performance.now();
  await report.step('MySQL and Redis are killed, and their data is gone', () => lose(scene, members));
  await report.step('the database comes back from the dump and the binlog', () => restore(report, scene));
  await report.step('Redis begins with nothing', () => scene.redis.startEmpty());
  await report.step('services are themselves again, and nobody has restarted them', () => recovered(scene, members));
  report.saw('from the loss to the next sign-in', ((performance.now() - lostAtMs) / 1000).toFixed(1), { unit: 's' });
  await report.step('what was acknowledged is there', () => compare(report, members));
  await report.step('the audit log holds together', () => verifyAudit(report, scene));
  await report.step('to the moment before an accident', () => turnBack(report, scene));
}

const until = (members, count) =>
  eventually(
    () => {
      const [open, ended] = ['in', 'out'].map((state) => members.acknowledged(state).length);
      if (open < count / 2 || ended < count / 4) throw new Error(`only ${open} are in, and ${ended} out again`);
    },
    { timeoutMs: 120_000, everyMs: 50 },
  );

async function lose(scene, members) {
  await Promise.all([scene.mysql.kill(), scene.redis.kill()]);
  await members.end();
}

async function restore(report, scene) {
  const { binlogs, mysql } = scene;
  scene.mysql = await startWithBinlog(report, scene, mysql.port);
  const told = await bringBack(scene, scene.mysql, binlogs);
  report.say(`      ${told.trim().replaceAll('\n', '\n      ')}`);
  await giveAccounts(scene.mysql, scene.secrets);
}

async function recovered({ auth, orders }, members) {
  const someone = members.all[0];
  await eventually(
    async () => {
      const { status, json } = await members.signIn(someone);
      if (status !== 200 || !json.data.refresh_token) throw new Error(`sign-in answers ${status}`);
      for (const { url, name } of [...auth, orders]) {
        const ready = await (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) })).json();
        if (ready.status !== 'ready') throw new Error(`${name} is ${ready.status}`);
      }
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

async function compare(report, members) {
  const zero = (what, lost) => report.saw(what, lost, { promise: '0', kept: lost === 0 });
  report.saw('people who were told that they have an account', members.all.length, {
    promise: 'at least 18',
    kept: members.all.length >= 18,
  });
  const count = async (list, isLost) => (await Promise.all(list.map(isLost))).filter(Boolean).length;
  const [open, ended] = [members.acknowledged('in'), members.acknowledged('out')];
  report.saw('sessions open, and sessions ended', `${open.length}, ${ended.length}`, {
    promise: 'some of each',
    kept: open.length > 5 && ended.length > 3,
  });
  const { orders } = members.services;
  zero(
    'ended sessions whose access token is taken by orders',
    await count(
      ended,
      async ({ accessToken }) => (await members.ask(orders, '/api/orders', { token: accessToken })).status !== 401,
    ),
  );
  zero(
    'ended sessions that refresh',
    await count(ended, async ({ refreshToken }) => (await members.refresh(refreshToken)).status !== 401),
  );
  zero(
    'orders that are gone',
    await count(open, async (member) => {
      const { status, json } = await members.ask(orders, '/api/orders', { token: member.accessToken });
      return status !== 200 || json.data.orders.length < member.orders;
    }),
  );
  const spent = open.filter(({ spentToken }) => spentToken);
  zero(
    'open sessions that do not refresh',
    await count(open, async (member) => {
      const { status, json } = await members.refresh(member.refreshToken);
      if (status === 200) member.refreshToken = json.data.refresh_token;
      return status !== 200;
    }),
  );
  zero(
    'spent refresh tokens that work',
    await count(spent, async ({ spentToken }) => (await members.refresh(spentToken)).status === 200),
  );
  let gone = 0;
  for (const member of members.all) if ((await members.signIn(member)).status !== 200) gone += 1;
  zero('people who cannot sign in', gone);
}

async function verifyAudit(report, scene) {
  const { stdout } = await job('auth/dist/audit-cli.js', authEnv(scene), '--json');
  const told = JSON.parse(stdout);
  report.saw('events of the audit log', told.checked ?? told.events ?? 'verified', {
    promise: 'each hangs on the one before',
  });
}

async function turnBack(report, scene) {
  await dump(scene);
  const members = new Members(scene);
  members.begin(2);
  await pause(1_500);
  await members.end();
  const users = () => countUsers(scene.mysql);
  const before = await users();
  // A binlog counts in seconds.
  await pause(1_100);
  const stopAt = new Date().toISOString().slice(0, 19).replace('T', ' ');
  await pause(1_100);
  await sql(scene.mysql, 'SET FOREIGN_KEY_CHECKS = 0; DELETE FROM gatehouse.users');
  const after = await users();
  const second = await startMysql({ args: ['--server-id=2'] });
  report.atEnd('the second MariaDB', () => second.kill());
  await bringBack(scene, second, scene.binlogs, stopAt);
  const back = await countUsers(second);
  report.saw('people before, after, and in the database of the moment before', `${before}, ${after}, ${back}`, {
    promise: `${before}, 0, ${before}`,
    kept: after === 0 && back === before,
  });
}

const countUsers = async (server) => Number((await sql(server, 'SELECT COUNT(*) FROM gatehouse.users')).trim());

async function sql({ port }, statement) {
  const { stdout } = await execute('mysql', [
    '-h',
    '127.0.0.1',
    '-P',
    String(port),
    '-u',
    'root',
    '-N',
    '-e',
    statement,
  ]);
  return stdout;
}
