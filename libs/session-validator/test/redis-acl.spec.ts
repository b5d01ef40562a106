import { eventually, startRedis, startRedisCluster, type RedisServer } from '@gatehouse/testing';
import { Cluster, Redis } from 'ioredis';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFromEnvironment, createSessionValidator } from '../src/index.js';
import { createTestIssuer } from '../src/testing/index.js';
import { RedisWriter } from './redis-writer.js';
import { Truth } from './truth.js';

/** The rules the README tells operators to write, word for word. */
function rulesOfReadme(): string[] {
  const readme = readFileSync(join(__dirname, '../README.md'), 'utf8');
  const [, rules] = /^ACL SETUSER orders reset on >\S+ (.+)$/m.exec(readme.replaceAll(/ \\\n\s*/g, ' ')) ?? [];
  if (!rules) throw new Error('the README names no rules');
  return rules.split(' ');
}

describe('an account with the rights the README names, and no other', () => {
  const issuer = createTestIssuer();
  let redis: RedisServer;
  let truth: Truth;

  beforeAll(async () => {
    redis = await startRedis();
    await redis.command('ACL', 'SETUSER', 'orders', 'on', '>pass', ...rulesOfReadme());
    truth = new Truth(new RedisWriter(redis.url));
    await truth.writer.publishBundle(issuer.keyBundle());
  });
  afterAll(async () => {
    truth.writer.close();
    await redis.kill();
  });

  it('is enough: keys, list, news, receipts and activity, and Redis has nothing to complain of (R19)', async () => {
    await truth.revoke(3);
    await truth.writer.beat();
    const beating = setInterval(() => void truth.writer.beat(), 100);
    const validator = createSessionValidator({
      redisUrl: redis.url.replace('redis://', 'redis://orders:pass@'),
      trustAnchor: issuer.trustAnchor,
      serviceName: 'orders',
      warn: (message) => expect(message).toBeUndefined(),
    });
    expect(await validator.ready()).toBe(true);
    await eventually(() => expect(validator.check(issuer.token(), { freshness: 'closed' }).ok).toBe(true));
    const startedAt = performance.now();
    await truth.revoke();
    await eventually(() => expect(validator.metrics().replicaEntries).toBe(truth.entries.size), { everyMs: 1 });
    // Told, not found by the periodic reading.
    expect(performance.now() - startedAt).toBeLessThan(500);
    issuer.rotate();
    await truth.writer.publishBundle(issuer.keyBundle());
    await eventually(() => expect(validator.health().keys.version).toBe(2));
    await eventually(async () => expect(await redis.command('XLEN', 'rev:receipts')).toBeGreaterThan(0));
    clearInterval(beating);
    await validator.close();
    expect(await redis.command('XLEN', 'rev:activity')).toBe(1);
    expect(await redis.command('ACL', 'LOG')).toEqual([]);
  });

  it.each([
    ['forge a revocation', ['XADD', 'rev:log', '*', 'v', '1']],
    ['cut the log short', ['XTRIM', 'rev:log', 'MAXLEN', '0']],
    ['announce what is not so', ['PUBLISH', 'token_invalidation', '{}']],
    ['replace the keys', ['SET', 'rev:key-bundle', 'x']],
    ['read a session', ['GET', 'session:1']],
    ['read what others reported', ['XRANGE', 'rev:receipts', '-', '+']],
    ['read what others counted', ['XRANGE', 'rev:activity', '-', '+']],
    ['take away what others counted', ['XDEL', 'rev:activity', '1-0']],
    ['have others’ batches taken for known ones', ['HSET', 'rev:numbers:{rev:activity}', 'x', '9']],
    ['announce what happened to sessions', ['PUBLISH', 'session_events', '{}']],
    ['hear what happens to sessions', ['SUBSCRIBE', 'session_events']],
    ['look around', ['KEYS', '*']],
    ['change the server', ['CONFIG', 'SET', 'maxmemory', '1']],
    ['listen elsewhere', ['SUBSCRIBE', 'other']],
  ])('cannot %s', async (_what, [name = '', ...args]) => {
    const url = redis.url.replace('redis://', 'redis://orders:pass@');
    const intruder = new Redis(url);
    await expect(intruder.call(name, ...args)).rejects.toThrow(/NOPERM/);
    intruder.disconnect();
  });

  it('is enough on a cluster', async () => {
    const cluster = await startRedisCluster();
    const onEach = async (...[name, ...args]: [string, ...string[]]) => {
      const answers: unknown[] = [];
      for (const address of cluster.addresses) {
        const node = new Redis(`redis://${address}`);
        answers.push(await node.call(name, ...args));
        node.disconnect();
      }
      return answers;
    };
    await onEach('ACL', 'SETUSER', 'orders', 'on', '>pass', ...rulesOfReadme());
    const written = new Truth(new RedisWriter(new Cluster(cluster.addresses.map((address) => `redis://${address}`))));
    await written.writer.publishBundle(issuer.keyBundle());
    await written.revoke(3);
    await written.writer.beat();
    const config = configFromEnvironment({
      REDIS_CLUSTER_NODES: cluster.addresses.map((address) => `redis://orders:pass@${address}`).join(),
      AUTH_TRUST_ANCHOR: issuer.trustAnchor,
    });
    const validator = createSessionValidator({ ...config, warn: (message) => expect(message).toBeUndefined() });
    expect(await validator.ready()).toBe(true);
    expect(validator.metrics().replicaEntries).toBe(3);
    expect(await onEach('ACL', 'LOG')).toEqual([[], [], []]);
    await validator.close();
    written.writer.close();
    await cluster.kill();
  });
});
