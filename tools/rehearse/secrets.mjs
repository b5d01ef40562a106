import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { testFolder } from '../../libs/testing/dist/index.js';
import { LastingSessions } from './lasting-sessions.mjs';
import { authEnv, execute, job, startBackend } from './stage/backend.mjs';

/**
 * Changes every secret the services share with their stores and with each other, in the steps of docs/operations/secrets.md, while people
 * go on using the sessions they have. Each of these must hold to the end: no valid token is refused, no refresh fails.
 */
export async function run(report) {
  const old = randomBytes(18).toString('hex');
  const scene = await startBackend(report, {
    redisPassword: old,
    authEnv: { KEY_PUBLISH_AHEAD: '2s' },
  });
  const sessions = new LastingSessions(scene);
  await report.step('people sign in', () => sessions.begin(6));
  report.atEnd('their sessions', () => sessions.end());
  const changes = [
    ['the password of Redis', () => changeRedis(scene, old)],
    ['the account at MySQL', () => changeDatabase(scene)],
    ['KEY_ENCRYPTION_KEY', () => changeSealingKey(scene, sessions)],
    ['ROOT_SIGNING_KEY, and AUTH_TRUST_ANCHOR with it', () => changeRootKey(scene)],
    ['the signing key', () => rotateSigningKey(scene)],
  ];
  for (const [what, change] of changes) {
    await report.step(`${what} is changed`, async () => {
      await change();
      await sessions.allRefreshed();
    });
  }
  await sessions.end();
  report.saw('requests', sessions.requests, { promise: 'some', kept: sessions.requests > 200 });
  report.saw('refreshes', sessions.refreshes, { promise: 'several for each session', kept: sessions.refreshes > 30 });
  report.saw('answers that said to come back', sessions.postponed);
  report.saw('valid tokens refused, and refreshes that failed', sessions.refused.length, {
    promise: '0',
    kept: sessions.refused.length === 0,
  });
  for (const refusal of new Set(sessions.refused)) report.say(`        ${refusal}`);
}

/** One instance after the other, as a rolling restart does. `undefined` takes a setting away. */
async function restart(programs, changes) {
  for (const program of programs) {
    await program.stop();
    program.how = { ...program.how, env: { ...program.how.env, ...changes } };
    await program.start();
  }
}

async function changeRedis({ redis, auth, orders }, old) {
  const fresh = randomBytes(18).toString('hex');
  const url = redis.url.replace('redis://', `redis://gatehouse:${fresh}@`);
  await redis.command('ACL', 'SETUSER', 'gatehouse', `>${fresh}`);
  await restart([...auth, orders], { REDIS_URL: url });
  await redis.command('ACL', 'SETUSER', 'gatehouse', `<${old}`);
  const users = String(await redis.command('ACL', 'LIST'));
  if ((users.match(/user gatehouse [^,]*/)?.[0].match(/#/g) ?? []).length !== 1) throw new Error('not one password');
}

/** A second account, since MariaDB knows no two passwords of one. */
async function changeDatabase(scene) {
  const [account, password] = ['gatehouse-auth-2', randomBytes(18).toString('hex')];
  const file = join(testFolder('secret'), 'mysql-password');
  writeFileSync(file, password, { mode: 0o600 });
  await sql(scene, `CREATE USER '${account}'@'%' IDENTIFIED BY '${password}'`);
  await sql(scene, `GRANT SELECT, INSERT, UPDATE, DELETE ON gatehouse.* TO '${account}'@'%'`);
  await restart(scene.auth, { DB_USER: account, DB_PASSWORD_FILE: file });
  await sql(scene, `DROP USER 'gatehouse-auth'@'%'`);
}

async function sql({ mysql }, statement) {
  await execute('mysql', ['-h', '127.0.0.1', '-P', String(mysql.port), '-u', 'root', '-e', statement]);
}

/** The steps of docs/auth/keys.md. The last waits for refresh tokens of the old key; here everybody refreshes instead. */
async function changeSealingKey(scene, sessions) {
  const { auth } = scene;
  const folder = testFolder('secret');
  const place = (name, text) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const old = authEnv(scene).KEY_ENCRYPTION_KEY_FILE;
  const fresh = place('fresh', randomBytes(32).toString('base64'));
  await restart(auth, { KEY_ENCRYPTION_KEY_OTHER_FILE: fresh });
  await restart(auth, { KEY_ENCRYPTION_KEY_FILE: fresh, KEY_ENCRYPTION_KEY_OTHER_FILE: old });
  await job('auth/dist/keys-cli.js', auth[0].how.env, 'reseal');
  await sessions.allRefreshed();
  await restart(auth, { KEY_ENCRYPTION_KEY_OTHER_FILE: undefined });
}

async function changeRootKey({ auth, orders }) {
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const fresh = {
    key: root.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    anchor: root.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
  const file = join(testFolder('secret'), 'root');
  writeFileSync(file, fresh.key, { mode: 0o600 });
  const oldAnchor = orders.how.env.AUTH_TRUST_ANCHOR;
  await restart([orders], { AUTH_TRUST_ANCHOR: `${oldAnchor},${fresh.anchor}` });
  await restart(auth, { ROOT_TRUST_ANCHORS: fresh.anchor });
  await restart(auth, { ROOT_SIGNING_KEY_FILE: file, ROOT_TRUST_ANCHORS: oldAnchor });
  await restart([orders], { AUTH_TRUST_ANCHOR: fresh.anchor });
  await restart(auth, { ROOT_TRUST_ANCHORS: undefined });
}

async function rotateSigningKey({ auth }) {
  // A key is published before it signs; here two seconds.
  await pause(2_500);
  await job('auth/dist/keys-cli.js', auth[0].how.env, 'rotate');
}
