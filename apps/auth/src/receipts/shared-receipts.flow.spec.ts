import { encodeReport, RECEIPT_STREAM_KEY } from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { aReport } from '../../test/reports.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { RootKey } from '../keys/bundle/root-key.js';

const secrets = generateSecrets();
const keys = { KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey, ROOT_SIGNING_KEY: secrets.rootSigningKey };
const trustAnchor = RootKey.parse(secrets.rootSigningKey).trustAnchor;
const RIGHTS = ['+xrange', '+get', '+subscribe', '+xadd', '+info', '+client|setname'];

interface Shown {
  readonly service: string;
  readonly applied: boolean;
  readonly applied_at: string | null;
}

describe('receipts on Redis and MySQL', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let first: RunningAuth;
  let second: RunningAuth;
  let token: string;
  const validators: SessionValidator[] = [];

  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const env = { ...keys, REDIS_URL: redis.url, DATABASE_URL: (await mysql.createDatabase()).url };
    [first, second] = await Promise.all([startAuth(env), startAuth(env)]);
    for (const auth of [first, second]) {
      await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
    }
    const person = { email: `user-${randomHex(6)}@example.test`, password: 'correct horse battery' };
    await first.ask('POST', '/api/v1/auth/signup', { body: person });
    const signIn = async () => (await first.ask('POST', '/api/v1/auth/signin', { body: person })).body.data;
    ({ access_token: token } = await signIn());
    endAnother = async (auth) => {
      const { session } = await signIn();
      const { status, body } = await auth.ask('DELETE', `/api/v1/sessions/${session.id}`, { token });
      expect(status).toBe(200);
      return body.data.revocation_id as string;
    };
  });
  afterEach(async () => {
    await Promise.all(validators.splice(0).map((validator) => validator.close()));
  });
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await Promise.all([redis.kill(), mysql.stop()]);
  });

  let endAnother: (auth: RunningAuth) => Promise<string>;

  /** A service that checks tokens, let in by Redis as a user of its own. */
  async function aService(serviceName: string): Promise<SessionValidator> {
    await redis.command('ACL', 'SETUSER', serviceName, 'on', '>pw', '~rev:*', 'allchannels', ...RIGHTS);
    const redisUrl = redis.url.replace('redis://', `redis://${serviceName}:pw@`);
    const validator = createSessionValidator({ redisUrl, trustAnchor, serviceName, warn: () => undefined });
    validators.push(validator);
    expect(await validator.ready()).toBe(true);
    return validator;
  }

  async function receipt(auth: RunningAuth, id: string) {
    const { status, body } = await auth.ask('GET', `/api/v1/revocations/${id}`, { token });
    expect(status).toBe(200);
    const shown = body.data.validators as Shown[];
    return {
      ...(body.data as { complete: boolean; sequence: string | null }),
      of: (name: string) => shown.filter((one) => one.service === name),
    };
  }

  it('are the same wherever one asks, about every validator there is', async () => {
    await Promise.all([aService('orders'), aService('billing')]);
    const id = await endAnother(first);
    for (const auth of [first, second]) {
      await eventually(
        async () => {
          const { complete, of, sequence } = await receipt(auth, id);
          expect(complete).toBe(true);
          expect([of('auth').length, of('orders').length, of('billing').length]).toEqual([2, 1, 1]);
          const writtenAtMs = Number(sequence?.split('-')[0]);
          for (const { applied_at: at } of of('orders')) expect(Date.parse(String(at)) - writtenAtMs).toBeLessThan(300);
        },
        { timeoutMs: 4_000 },
      );
    }
  });

  it('are not complete while the feed of one stands still, and are when it goes on', async () => {
    await Promise.all([aService('orders'), aService('stopped')]);
    const before = await endAnother(first);
    await eventually(async () => expect((await receipt(first, before)).of('stopped')[0]?.applied).toBe(true), {
      timeoutMs: 4_000,
    });
    // It still reports, and sees nothing any more.
    await redis.command('ACL', 'SETUSER', 'stopped', '-xrange', 'resetchannels');
    const id = await endAnother(second);
    await eventually(async () => expect((await receipt(first, id)).of('orders')[0]?.applied).toBe(true), {
      timeoutMs: 4_000,
    });
    const during = await receipt(second, id);
    expect(during.complete).toBe(false);
    expect(during.of('stopped')).toMatchObject([{ applied: false, applied_at: null, expected: true }]);

    await redis.command('ACL', 'SETUSER', 'stopped', '+xrange', 'allchannels');
    await eventually(async () => expect((await receipt(second, id)).complete).toBe(true), { timeoutMs: 8_000 });
  });

  it('wait for a process that stands still altogether, as long as it may only be late', async () => {
    await aService('orders');
    // Its last word before it was stopped: it had come to the end of the feed.
    const [[position, fields]] = (await redis.command('XREVRANGE', 'rev:log', '+', '-', 'COUNT', '1')) as [
      [string, string[]],
    ];
    const epoch = fields[fields.indexOf('epoch') + 1] ?? '';
    const report = aReport({ service: 'frozen', epoch, position, atMs: Date.now() });
    await redis.command('XADD', RECEIPT_STREAM_KEY, '*', 'v', '1', 'report', encodeReport(report));
    const id = await endAnother(first);
    await eventually(async () => expect((await receipt(first, id)).of('orders')[0]?.applied).toBe(true), {
      timeoutMs: 4_000,
    });
    for (const auth of [first, second]) {
      const { complete, of } = await receipt(auth, id);
      expect(of('frozen')).toMatchObject([{ applied: false, expected: true }]);
      expect(complete).toBe(false);
    }
    // Gone on, it reads what it missed, and says so.
    const later = { ...report, from: position, position: `${Date.now()}-0`, atMs: Date.now(), leaving: false };
    await redis.command('XADD', RECEIPT_STREAM_KEY, '*', 'v', '1', 'report', encodeReport(later));
    await eventually(async () => expect((await receipt(second, id)).complete).toBe(true), { timeoutMs: 4_000 });
    await redis.command('XADD', RECEIPT_STREAM_KEY, '*', 'v', '1', 'report', encodeReport({ ...later, leaving: true }));
  });

  it('wait for nobody who said goodbye', async () => {
    const service = await aService('leaver');
    await eventually(async () => expect((await receipt(first, await endAnother(first))).of('leaver')).toHaveLength(1), {
      timeoutMs: 4_000,
    });
    await service.close();
    const id = await endAnother(first);
    await eventually(async () => expect((await receipt(first, id)).complete).toBe(true), { timeoutMs: 4_000 });
    for (const auth of [first, second]) expect((await receipt(auth, id)).of('leaver')).toEqual([]);
  });

  it('do not keep anybody from signing out while rubbish lies where they should be', async () => {
    await redis.command('DEL', RECEIPT_STREAM_KEY);
    await redis.command('SET', RECEIPT_STREAM_KEY, 'rubbish');
    const id = await endAnother(first);
    const { status, body } = await first.ask('GET', `/api/v1/revocations/${id}`, { token });
    expect([status, body.error.code]).toEqual([503, 'SESSION_ERROR']);
    expect((await first.ask('GET', '/api/v1/sessions', { token })).status).toBe(200);
    await redis.command('DEL', RECEIPT_STREAM_KEY);
    await eventually(async () => expect((await receipt(first, id)).complete).toBe(true), { timeoutMs: 8_000 });
  });

  it('are known again when Redis has lost everything and was filled anew', async () => {
    await aService('orders');
    const id = await endAnother(first);
    await eventually(async () => expect((await receipt(first, id)).complete).toBe(true), { timeoutMs: 4_000 });
    const { sequence } = await receipt(first, id);
    await redis.command('DEL', 'rev:log', RECEIPT_STREAM_KEY);
    await eventually(
      async () => {
        const again = await receipt(second, id);
        expect(again.complete).toBe(true);
        expect(again.sequence).not.toBe(sequence);
        expect(again.of('orders')).toMatchObject([{ applied: true }]);
      },
      { timeoutMs: 8_000 },
    );
  });
});
