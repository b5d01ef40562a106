import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually, freePort, startMysql, startRedis, testFolder } from '../../../libs/testing/dist/index.js';
import { TOP } from '../../run/top.mjs';
import { Program } from './program.mjs';
import { FAR, FarRegion } from './regions.mjs';

const WITNESS = join(TOP, 'tools/rehearse/stage/witness.mjs');
const GATEHOUSE = join(TOP, 'apps/cli/bin/gatehouse.mjs');

/** Auth, MySQL and a Redis at home; a Redis, two relays and a service in the other region, and a service at home to compare with. */
export async function startTwoRegions(report, oneWayMs) {
  const region = new FarRegion();
  report.atEnd('the other region', () => region.stop());
  const atHome = await report.step('home: MariaDB, Redis, two auth services', () => beginHome(report, region));
  const { env, redis, trustAnchor } = atHome;
  const far = await report.step('the other region: a Redis, and two relays over the line', async () => {
    const url = await region.startRedis();
    const line = await region.layLine(redis.port, oneWayMs);
    const relayEnv = { HOME_REDIS_URL: `redis://${line}`, REDIS_URL: url };
    const relays = [1, 2].map(() => region.start(process.execPath, [GATEHOUSE, 'relay', '--json'], relayEnv));
    return { url, relays };
  });
  const scene = { region, redis, env, trustAnchor, ...atHome, far };
  scene.witnesses = {
    home: await report.step('a service at home', () => witness(report, redis.url, trustAnchor)),
    far: await report.step('a service there, which knows its own Redis and the root key', () => farWitness(scene)),
  };
  return scene;
}

async function beginHome(report, region) {
  const mysql = await startMysql();
  report.atEnd('MariaDB', () => mysql.kill());
  const redis = await startRedis({
    args: ['--bind', ...new Set(['127.0.0.1', region.homeAddress]), '--protected-mode', 'no'],
  });
  report.atEnd('Redis', () => redis.kill());
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const env = {
    REDIS_URL: redis.url,
    DATABASE_URL: (await mysql.createDatabase()).url,
    KEY_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
    ROOT_SIGNING_KEY: root.privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    ISSUER: 'http://auth.test',
    RATE_LIMIT_ENABLED: 'false',
  };
  const auth = [];
  for (const i of [1, 2]) {
    const port = await freePort();
    const how = { env: { ...env, PORT: String(port) }, cwd: testFolder('auth'), port, readyPath: '/ready' };
    const one = new Program(`auth ${i}`, process.execPath, [join(TOP, 'apps/auth/dist/main.js')], how);
    report.atEnd(one.name, () => one.stop());
    auth.push(await one.start());
  }
  return { auth, redis, env, trustAnchor: root.publicKey.export({ format: 'der', type: 'spki' }).toString('base64') };
}

async function witness(report, redisUrl, trustAnchor) {
  const port = await freePort();
  const env = { REDIS_URL: redisUrl, AUTH_TRUST_ANCHOR: trustAnchor };
  const one = new Program('a service', process.execPath, [WITNESS, '127.0.0.1', String(port)], {
    env,
    port,
    readyPath: '/ready',
  });
  report.atEnd(one.name, () => one.stop());
  return (await one.start()).url;
}

/** One more service there. @returns where it is asked */
export async function farWitness({ region, far, trustAnchor }) {
  const port = await freePort();
  const env = { REDIS_URL: far.url, AUTH_TRUST_ANCHOR: trustAnchor };
  const child = region.start(process.execPath, [WITNESS, FAR ? region.host : '127.0.0.1', String(port)], env);
  const url = `http://${region.host}:${port}`;
  await eventually(
    async () => {
      if ((await fetch(`${url}/ready`, { signal: AbortSignal.timeout(1_000) })).status !== 200)
        throw new Error('not ready');
    },
    { timeoutMs: 30_000, everyMs: 50 },
  ).catch((error) => {
    throw new Error(`the service there is not ready: ${error.message}\n${child.output()}`);
  });
  return url;
}
