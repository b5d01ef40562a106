import type { RevocationEntry } from '@gatehouse/contracts';
import { eventually, sleep, startRedis, type RedisServer } from '@gatehouse/testing';
import { createTestIssuer } from '../src/testing/index.js';
import { RemoteValidator } from './process/remote-validator.js';
import { RedisWriter } from './redis-writer.js';
import { Truth } from './truth.js';

/** As a newer writer may send it: what is not understood must not cost the place. */
const weight = 'x'.repeat(4_000) as RevocationEntry['reason'];
const MOST_STALE = { boundedSeconds: 1 };

describe('a process that stood still', () => {
  const issuer = createTestIssuer();
  const tokenOf = (sid: string) => issuer.token(issuer.claims({ sid }));
  let redis: RedisServer;
  let truth: Truth;
  let remote: RemoteValidator;
  let beating: NodeJS.Timeout;

  beforeEach(async () => {
    redis = await startRedis();
    truth = new Truth(new RedisWriter(redis.url));
    await truth.writer.publishBundle(issuer.keyBundle());
    await truth.revoke(3);
    await truth.writer.beat();
    beating = setInterval(() => void truth.writer.beat().catch(() => undefined), 100);
    remote = await RemoteValidator.start({
      REDIS_URL: redis.url,
      AUTH_TRUST_ANCHOR: issuer.trustAnchor,
      RECEIPTS_ENABLED: 'false',
    });
    await eventually(async () => expect((await remote.check(issuer.token(), MOST_STALE)).outcome).toBe('OK'));
  });
  afterEach(async () => {
    clearInterval(beating);
    await remote.kill();
    truth.writer.close();
    await redis.kill();
  });

  const equalsTruth = async () => {
    const answers = () => Promise.all(truth.values.map((sid) => remote.check(tokenOf(sid))));
    await eventually(async () => expect((await remote.check(issuer.token())).entries).toBe(truth.entries.size));
    expect((await answers()).filter(({ outcome }) => outcome !== 'SESSION_REVOKED')).toEqual([]);
    await eventually(async () => expect((await remote.check(issuer.token(), MOST_STALE)).outcome).toBe('OK'));
  };

  /** Asks without a pause from the moment it wakes up until it refuses. @returns what it answered until then. */
  const wakeUpUnderQuestions = async (token: string) => {
    const outcomes = new Set<string>();
    const askOn = async () => {
      for (;;) {
        const { outcome } = await remote.check(token, MOST_STALE);
        outcomes.add(outcome);
        if (outcome === 'SESSION_REVOKED') return;
      }
    };
    const asking = [askOn(), askOn(), askOn(), askOn()];
    remote.resume();
    await Promise.all(asking);
    return [...outcomes];
  };

  it('F26: judges nothing by heartbeats that waited for it: what came after them waits as well', async () => {
    remote.pause();
    // What waits for it are heartbeats and megabytes of entries in turn, more than it reads at once; asked for is the last.
    for (let i = 0; i < 2_000; i++) await truth.writer.append(truth.newEntry({ reason: weight }));
    const [last = ''] = await truth.revoke();
    // Longer than the route allows, so that no heartbeat from before it may let its session in.
    await sleep(1_200);
    expect(await wakeUpUnderQuestions(tokenOf(last))).not.toContain('OK');
    await equalsTruth();
  });

  it('F11: catches up after Redis has thrown it out, and vouches for nothing before', async () => {
    await redis.command('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 64kb 0 0');
    remote.pause();
    await truth.revoke(50);
    await eventually(
      async () => {
        await truth.writer.tell(weight.repeat(64));
        expect(await redis.command('CLIENT', 'LIST', 'TYPE', 'pubsub')).not.toContain('session-validator');
      },
      { everyMs: 0 },
    );
    await truth.revoke(50);
    const [last = ''] = await truth.revoke();
    await sleep(1_200);
    expect(await wakeUpUnderQuestions(tokenOf(last))).not.toContain('OK');
    await equalsTruth();
  });
});
