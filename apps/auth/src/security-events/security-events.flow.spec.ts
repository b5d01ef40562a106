import type { RevocationEntry } from '@gatehouse/contracts';
import { randomHex, randomUuid, SystemClock } from '@gatehouse/kernel';
import { createLogger, Metrics } from '@gatehouse/observability';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { Database } from '@gatehouse/sql';
import { eventually, testFolder } from '@gatehouse/testing';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { In } from 'typeorm';
import { databases, type OpenAgain, opener } from '../../test/databases.js';
import { EventReceiver, type ReceiverAnswer, refusal, sessionOf, TAKEN } from '../../test/event-receiver.js';
import { signedIn } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSigningKey } from '../keys/signing/generate-signing-key.js';
import type { CurrentKey } from '../tokens/adapters/nest-jwt-token-signer.js';
import { NotedBeforeForgotten } from './adapters/noted-before-forgotten.js';
import type { SecurityEventCursorRow } from './adapters/security-event.entity.js';
import { SqlReceiverCursors } from './adapters/sql-receiver-cursors.js';
import { SqlSecurityEventLog } from './adapters/sql-security-event-log.js';
import type { Receiver } from './receivers/receiver.js';
import type { Transmitter } from './transmitter.js';
import { type SecurityEventParts, wireSecurityEvents } from './wire-security-events.js';

const ISSUER = 'https://auth.example.test';
const ACCESS_TOKEN_SECONDS = 900;
const KEPT_MS = (ACCESS_TOKEN_SECONDS + 120) * 1000;
const DAY_MS = 86_400_000;
const PACE = { lookEveryMs: 20, firstPauseMs: 20, leaseMs: 500, timeoutMs: 2_000 };
const EVENT = 'https://schemas.openid.net/secevent/caep/event-type';

/** The time, which a test may move on. */
class MovedClock extends SystemClock {
  aheadMs = 0;
  override nowMs(): number {
    return super.nowMs() + this.aheadMs;
  }
}

let currentKey: CurrentKey;
let keys: JWTVerifyGetKey;
beforeAll(async () => {
  const { kid, privateKey, publicKey } = await generateSigningKey('active', Date.now());
  currentKey = { kid, algorithm: 'ES256', key: privateKey };
  keys = createLocalJWKSet({ keys: [publicKey] } as unknown as JSONWebKeySet);
});

const running = new Set<Transmitter>();
afterEach(async () => {
  await Promise.all([...running].map((transmitter) => transmitter.stop()));
  running.clear();
});

/** Somebody new, on a socket, who has heard of nothing yet. */
const aReceiver = () => new EventReceiver(() => keys, ISSUER, `https://${randomHex(6)}.example.test`).up();

const asConfigured = (receiver: EventReceiver, name = `r-${randomHex(6)}`): Receiver => ({
  name,
  url: receiver.url,
  audience: receiver.audience,
  token: undefined,
});

function anInstance(database: Database, receivers: readonly Receiver[], given: Partial<SecurityEventParts> = {}) {
  const lines: Record<string, unknown>[] = [];
  const destination = { write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>) };
  const metrics = new Metrics('auth', { processFigures: false });
  const transmitter = wireSecurityEvents({
    receivers,
    dataSource: database.dataSource,
    currentKey: () => currentKey,
    issuer: ISSUER,
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
    clock: new SystemClock(),
    metrics,
    logger: createLogger({ service: 'auth', destination }),
    pace: PACE,
    ...given,
  });
  const cursors = database.dataSource.getRepository<SecurityEventCursorRow>('SecurityEventCursor');
  return {
    transmitter,
    metrics,
    lines,
    said: (message: string) => lines.filter(({ msg }) => msg === message),
    cursor: (name: string) => cursors.findOneByOrFail({ name: `to:${name}` }),
    /** Runs until the test ends; resolves once what happens from now on is heard of. */
    start: async () => {
      running.add(transmitter);
      transmitter.start();
      const names = ['from:revocations', ...receivers.map(({ name }) => `to:${name}`)];
      await eventually(async () => expect(await cursors.countBy({ name: In(names) })).toBe(names.length));
    },
  };
}

const anEntry = (given: Partial<RevocationEntry> = {}): RevocationEntry => ({
  id: randomUuid(),
  scope: 'sid',
  value: randomHex(32),
  cutoff: 0,
  untilMs: Date.now() + KEPT_MS,
  reason: 'user_signout',
  ...given,
});

const lagIn = (figures: string, receiver: string) =>
  Number(new RegExp(`^auth_security_event_lag_seconds\\{receiver="${receiver}".*\\} (\\S+)$`, 'm').exec(figures)?.[1]);
const lagOf = async (metrics: Metrics, { name }: Receiver) => lagIn(await metrics.text(), name);

describe.each(databases)('revocations are told to receivers of security events, on %s', (name, fresh) => {
  let again: OpenAgain;
  let database: Database;
  let outbox: NotedBeforeForgotten;
  beforeAll(async () => {
    again = await fresh();
    database = await again();
    const log = new SqlSecurityEventLog(database.dataSource, ACCESS_TOKEN_SECONDS, new SystemClock());
    await log.collect();
    outbox = new NotedBeforeForgotten(database.dataSource, new SystemClock(), async () => void (await log.collect()));
  });

  /** Writes them one after another. @returns the sessions. */
  async function revoke(count: number): Promise<string[]> {
    const rows: OutboxRow[] = Array.from({ length: count }, () => ({ entry: anEntry(), userId: 7 }));
    for (const row of rows) await outbox.add([row]);
    return rows.map(({ entry }) => entry.value);
  }

  it('as session-revoked and credential-change of CAEP, and what means nothing outside is left out (O9)', async () => {
    const receiver = await aReceiver();
    const instance = anInstance(database, [asConfigured(receiver)]);
    await instance.start();
    const sid = anEntry({ reason: 'admin' });
    const [nobody, sub, device] = [
      anEntry({ reason: 'idp_logout' }),
      anEntry({ scope: 'sub', value: '7', cutoff: 3, reason: 'account_deleted' }),
      // As it is removed: a minute ahead of the clock.
      anEntry({ scope: 'device', value: 'd-1', untilMs: Date.now() + 60_000 + KEPT_MS, reason: 'user_revoked' }),
    ];
    const [seq] = await database.dataSource.query<{ top: number }[]>('SELECT MAX(seq) AS top FROM audit_events');
    const changed = randomUuid();
    await database.dataSource.query(
      "INSERT INTO audit_events (kind, user_id, occurred_at_ms, event_id, seq, witnessed) VALUES ('password.reset', 7, ?, ?, ?, 1)",
      [Date.now(), changed, Number(seq?.top ?? 0) + 1],
    );
    await outbox.add([
      { entry: sid, userId: 7 },
      ...(['jti', 'client', 'kid', 'before'] as const).map((scope) => ({ entry: anEntry({ scope }), userId: null })),
      { entry: anEntry({ scope: 'sub', value: '7', reason: 'role_changed' }), userId: 7 },
      { entry: nobody, userId: null },
      { entry: sub, userId: 7 },
      { entry: device, userId: 7 },
    ]);
    await eventually(() => expect(receiver.events).toHaveLength(5));
    expect(receiver.faults).toEqual([]);

    const number = expect.any(Number) as number;
    const user = { format: 'iss_sub', iss: ISSUER, sub: '7' };
    const revoked = (entry: RevocationEntry, initiator: string | undefined, subId: object) => ({
      iss: ISSUER,
      aud: receiver.audience,
      iat: number,
      jti: expect.stringMatching(new RegExp(`^${entry.id}\\.\\d+$`)) as string,
      txn: entry.id,
      sub_id: subId,
      events: {
        [`${EVENT}/session-revoked`]: {
          event_timestamp: number,
          ...(initiator === undefined ? {} : { initiating_entity: initiator }),
        },
      },
    });
    const details = { credential_type: 'password', change_type: 'update', initiating_entity: 'user' };
    expect([...receiver.events].sort((a, b) => Number('txn' in b) - Number('txn' in a))).toEqual([
      revoked(sid, 'admin', { format: 'complex', user, session: { format: 'opaque', id: sid.value } }),
      revoked(nobody, 'system', { format: 'complex', session: { format: 'opaque', id: nobody.value } }),
      revoked(sub, undefined, user),
      revoked(device, 'user', { format: 'complex', user, device: { format: 'opaque', id: 'd-1' } }),
      {
        ...{ iss: ISSUER, aud: receiver.audience, iat: number, jti: changed, sub_id: user },
        events: { [`${EVENT}/credential-change`]: { event_timestamp: number, ...details } },
      },
    ]);
    for (const { iat, events } of receiver.events as {
      iat: number;
      events: Record<string, { event_timestamp: number }>;
    }[]) {
      const [{ event_timestamp: at } = { event_timestamp: 0 }] = Object.values(events);
      expect([at, Number.isInteger(at)]).toEqual([expect.closeTo(iat, -1.5), true]);
      expect(at).toBeLessThanOrEqual(iat);
    }
  });

  it('in order and without a gap when a receiver was down, though the feed has forgotten them since (O9)', async () => {
    const receiver = await aReceiver();
    const config = asConfigured(receiver);
    const instance = anInstance(database, [config]);
    await instance.start();
    const before = await revoke(3);
    await eventually(() => expect(receiver.sessions).toEqual(before));
    await receiver.down();
    const meanwhile = await revoke(15);
    await eventually(async () => expect((await instance.cursor(config.name)).attempts).toBeGreaterThan(2));
    expect(await lagOf(instance.metrics, config)).toBeGreaterThan(0);
    await database.dataSource.query('UPDATE revocations SET delivered_at_ms = 1');
    expect(await outbox.prune(Date.now() + DAY_MS)).toBeGreaterThanOrEqual(18);
    await receiver.up();
    await eventually(() => expect(receiver.sessions).toEqual([...before, ...meanwhile]));
    expect(instance.said('security events arrive again')).toHaveLength(1);
    await eventually(async () => expect(await lagOf(instance.metrics, config)).toBe(0));
    // Each wait is twice the one before it, a quarter more or less.
    const pauses = instance.said('security events wait').map(({ pauseMs }) => pauseMs as number);
    pauses.forEach((pauseMs, n) => {
      expect(pauseMs).toBeGreaterThanOrEqual(Math.floor(15 * 2 ** n));
      expect(pauseMs).toBeLessThanOrEqual(Math.ceil(25 * 2 ** n));
    });
  });

  it('again with the same jti when the answer was lost, so that the receiver can tell (O9)', async () => {
    const receiver = await aReceiver();
    receiver.answer = (_claims, delivery) => (delivery === 2 ? 'lost' : TAKEN);
    const instance = anInstance(database, [asConfigured(receiver)]);
    await instance.start();
    const sessions = await revoke(3);
    await eventually(() => expect(receiver.deliveries).toHaveLength(4));
    expect(receiver.deliveries.map(sessionOf)).toEqual([sessions[0], sessions[1], sessions[1], sessions[2]]);
    expect(receiver.deliveries[2]?.jti).toBe(receiver.deliveries[1]?.jti);
    expect(receiver.sessions).toEqual(sessions);
  });

  it('once, by one of two instances, both of which note them (O9)', async () => {
    const receiver = await aReceiver();
    const config = asConfigured(receiver);
    const other = await again();
    const patient = { pace: { ...PACE, leaseMs: 30_000 } };
    const instances = [anInstance(database, [config], patient), anInstance(other, [config], patient)];
    await Promise.all(instances.map((instance) => instance.start()));
    const sessions = await revoke(25);
    await eventually(() => expect(receiver.sessions).toEqual(sessions));
    // The one at work stops: the other takes over at once, and where it stopped.
    const { heldBy } = await instances[0]!.cursor(config.name);
    await instances[0]!.transmitter.stop();
    const more = await revoke(5);
    await eventually(() => expect(receiver.sessions).toEqual([...sessions, ...more]));
    expect(heldBy).not.toBeNull();
    expect(receiver.deliveries).toHaveLength(30);
    await instances[1]!.transmitter.stop();
    await other.close();
  });

  it('by another instance when one dies in the middle: none is lost, and only the one in hand comes twice (O9)', async () => {
    const receiver = await aReceiver();
    const config = asConfigured(receiver);
    const dying = await again();
    const first = anInstance(dying, [config]);
    await first.start();
    // Dead to the database: it notes nothing any more and lets go of nothing, as after SIGKILL.
    receiver.answer = async (_claims, delivery) => {
      if (delivery === 4) await dying.close();
      return TAKEN;
    };
    const sessions = await revoke(8);
    await eventually(() => expect(receiver.deliveries).toHaveLength(4));
    const second = anInstance(database, [config]);
    await second.start();
    await eventually(() => expect(receiver.sessions).toEqual(sessions));
    expect(receiver.deliveries).toHaveLength(9);
    expect(receiver.deliveries[4]?.jti).toBe(receiver.deliveries[3]?.jti);
  });

  it('until the receiver lets us in, and passing over only what it refuses for good', async () => {
    const receiver = await aReceiver();
    const refusedForGood = refusal('invalid_request').body;
    const answers: ReceiverAnswer[] = [
      { status: 401 },
      { status: 403 },
      refusal('authentication_failed'),
      { status: 400, body: 'not from the receiver' },
      // Longer than an error of RFC 8935 ever is: nobody reads on to find one in it.
      { status: 400, body: `${refusedForGood}${' '.repeat(20_000)}` },
      { status: 302, headers: { location: receiver.url } },
      { status: 200 },
      { status: 503, headers: { 'retry-after': '1' } },
      refusal('invalid_request'),
    ];
    receiver.answer = (_claims, delivery) => answers[delivery - 1] ?? TAKEN;
    const config = asConfigured(receiver);
    const instance = anInstance(database, [config], { pace: { ...PACE, firstPauseMs: 1 } });
    // An alert sees the first one that is given up only if there was a figure before it.
    const before = await instance.metrics.text();
    for (const event of ['session-revoked', 'credential-change']) {
      const labels = `receiver="${config.name}",event="${event}",outcome="given_up",service="auth"`;
      expect(before).toContain(`auth_security_events_total{${labels}} 0\n`);
    }
    await instance.start();
    const sessions = await revoke(2);
    await eventually(() => expect(receiver.sessions).toEqual(sessions));
    const first = answers.map(() => sessions[0]);
    expect(receiver.deliveries.map(sessionOf)).toEqual([...first, sessions[1]]);
    expect(receiver.faults).toEqual([]);
    const waits = instance.said('security events wait');
    expect(waits.map(({ why }) => why)).toEqual([
      'answered 401',
      'answered 403',
      'answered 400 authentication_failed',
      'answered 400 without a code',
      'answered 400 without a code',
      'answered 302',
      'answered 200',
      'answered 503',
    ]);
    expect(waits.at(-1)?.['pauseMs']).toBe(1_000);
    expect(instance.said('a security event is given up')).toMatchObject([
      { receiver: config.name, event: 'session-revoked', jti: receiver.events[0]?.jti, why: 'invalid_request' },
    ]);
    await eventually(async () => {
      const figures = await instance.metrics.text();
      for (const [outcome, count] of Object.entries({ sent: 1, given_up: 1, postponed: 8 })) {
        expect(figures).toMatch(new RegExp(`auth_security_events_total{.*outcome="${outcome}".*} ${count}\n`));
      }
    });
  });

  it('when nobody was there to note them before the feed forgot them', async () => {
    const receiver = await aReceiver();
    const config = asConfigured(receiver);
    const first = anInstance(database, [config]);
    await first.start();
    await first.transmitter.stop();
    const sessions = await revoke(2);
    await database.dataSource.query('UPDATE revocations SET delivered_at_ms = 1');
    expect(await outbox.prune(Date.now() + DAY_MS)).toBeGreaterThanOrEqual(2);
    await anInstance(database, [config]).start();
    await eventually(() => expect(receiver.sessions).toEqual(sessions));
  });

  it('from the moment a receiver is known, and no longer than a week', async () => {
    const receiver = await aReceiver();
    const clock = new MovedClock();
    const config = asConfigured(receiver);
    // Written before it is known, and noted only afterwards.
    await revoke(2);
    const known = new SqlReceiverCursors(database.dataSource, randomUuid(), clock);
    await known.hold(config.name);
    await known.release();
    const instance = anInstance(database, [config], { clock });
    await instance.start();
    const heard = await revoke(2);
    await eventually(() => expect(receiver.sessions).toEqual(heard));
    await receiver.down();
    await revoke(2);
    await eventually(async () => expect((await instance.cursor(config.name)).attempts).toBeGreaterThan(0));
    // Served all the time, and never there.
    for (let days = 1; days <= 8; days++) {
      clock.aheadMs = days * DAY_MS;
      const { heldUntilMs } = await instance.cursor(config.name);
      await eventually(async () =>
        expect((await instance.cursor(config.name)).heldUntilMs).toBeGreaterThan(heldUntilMs),
      );
    }
    await receiver.up();
    await eventually(() => expect(instance.said('a security event is given up')).toHaveLength(2));
    expect(instance.said('a security event is given up')).toMatchObject([{ why: 'too_late' }, { why: 'too_late' }]);
    expect(receiver.sessions).toEqual(heard);
  });

  it('and are forgotten once all have had them, which brings none of them back', async () => {
    // Of other tests, which serve them no more.
    await database.dataSource.query("DELETE FROM security_event_cursors WHERE name LIKE 'to:%'");
    const receiver = await aReceiver();
    const clock = new MovedClock();
    const config = asConfigured(receiver);
    const instance = anInstance(database, [config], { clock });
    await instance.start();
    const sessions = await revoke(3);
    await eventually(() => expect(receiver.sessions).toEqual(sessions));
    // The last one is noted as told only after its answer.
    await eventually(async () => expect(await lagOf(instance.metrics, config)).toBe(0));
    const log = new SqlSecurityEventLog(database.dataSource, ACCESS_TOKEN_SECONDS, clock);
    // At once nothing may go: as long as a revocation can turn up late, all of its time are compared with what is noted.
    await log.prune();
    await log.collect();
    clock.aheadMs = 61_000;
    await log.collect();
    clock.aheadMs = 122_000;
    await log.collect();
    await log.prune();
    const [left] = await database.dataSource.query<{ n: number }[]>('SELECT COUNT(*) AS n FROM security_events');
    expect(Number(left?.n)).toBe(0);
    await log.collect();
    const [more] = await revoke(1);
    await eventually(() => expect(receiver.sessions).toEqual([...sessions, more]));
    expect(receiver.deliveries).toHaveLength(4);
  });

  // SQLite has one writer: there nothing is written beside a transaction that is open.
  if (name === 'MySQL') {
    it('when their transaction ends, though what was written after them is told already', async () => {
      const receiver = await aReceiver();
      const instance = anInstance(database, [asConfigured(receiver)]);
      await instance.start();
      const late = randomHex(32);
      const elsewhere = database.dataSource.createQueryRunner();
      await elsewhere.startTransaction();
      await elsewhere.query(
        'INSERT INTO revocations (entry_id, scope, value, cutoff, until_ms, reason, user_id) VALUES (?, ?, ?, 0, ?, ?, 7)',
        [randomUuid(), 'sid', late, Date.now() + KEPT_MS, 'user_signout'],
      );
      const sessions = await revoke(3);
      await eventually(() => expect(receiver.sessions).toEqual(sessions));
      await elsewhere.commitTransaction();
      await elsewhere.release();
      await eventually(() => expect(receiver.sessions).toEqual([...sessions, late]));
    });
  }
});

describe('a service with receivers of security events', () => {
  const ISSUED_BY = 'http://auth.test';
  let auth: RunningAuth;
  let listening: EventReceiver;
  let silent: EventReceiver;
  const dataDir = testFolder('security-events');
  beforeAll(async () => {
    // As a receiver would have them: out of the published document.
    const published = async () => {
      const { body } = await auth.ask('GET', '/.well-known/jwks.json');
      return createLocalJWKSet(body as JSONWebKeySet);
    };
    const aListener = (one: string) => new EventReceiver(published, ISSUED_BY, `https://${one}.example.test`).up();
    [listening, silent] = [await aListener('listening'), await aListener('silent')];
    silent.answer = () => 'never';
    const tokenFile = join(testFolder('receiver'), 'token');
    writeFileSync(tokenFile, 'a-credential-of-ours\n');
    const SECURITY_EVENT_RECEIVERS = JSON.stringify({
      listening: { url: listening.url, audience: listening.audience, tokenFile },
      silent: { url: silent.url, audience: silent.audience },
    });
    auth = await startAuth({ DATA_DIR: dataDir, PUBLIC_URL: ISSUED_BY, SECURITY_EVENT_RECEIVERS });
  }, 60_000);
  afterAll(() => auth?.close());

  it('tells of a sign-out and of a new password, and keeps nobody waiting for a receiver that says nothing (O9)', async () => {
    const [first, second] = [await signedIn(auth), await signedIn(auth)];
    const signOut = (token: string) => auth.ask('POST', '/api/v1/auth/signout', { token });
    // The log begins with the first look, which comes with the start.
    await eventually(
      async () => {
        const { token } = await signedIn(auth);
        expect((await signOut(token)).status).toBe(200);
        expect(silent.deliveries.length).toBeGreaterThan(0);
      },
      { everyMs: 200, timeoutMs: 20_000 },
    );
    // A request to it hangs by now.
    expect((await signOut(first.token)).status).toBe(200);
    const body = { current: second.password, new: `next ${randomHex(8)}` };
    expect((await auth.ask('POST', '/api/v1/auth/password/change', { token: second.token, body })).status).toBe(200);

    await eventually(() => {
      expect(listening.sessions).toContain(first.sessionId);
      expect(listening.events.map(({ events }) => Object.keys(events as object)[0])).toContain(
        `${EVENT}/credential-change`,
      );
    });
    expect(listening.faults).toEqual([]);
    expect(listening.headers.map(({ authorization }) => authorization)).toEqual(
      listening.deliveries.map(() => 'Bearer a-credential-of-ours'),
    );
    expect(silent.headers[0]).not.toHaveProperty('authorization');
    const figures = (await auth.ask('GET', '/metrics')).text;
    expect(figures).toMatch(/auth_security_events_total\{.*receiver="listening".*outcome="sent".*\} \d/);
    expect(lagIn(figures, 'silent')).toBeGreaterThan(0);
    await eventually(async () => expect(lagIn((await auth.ask('GET', '/metrics')).text, 'listening')).toBe(0));
    expect(auth.log()).not.toMatch(/a-credential-of-ours|eyJ/);
  });

  it('ends in order while a receiver says nothing, whom another instance then serves at once', async () => {
    const waiting = silent.deliveries.length;
    await auth.close();
    const { dataSource } = await (await opener(`sqlite:${join(dataDir, 'auth.sqlite')}`))();
    const left = await dataSource.query<{ held_by: string | null }[]>(
      "SELECT held_by FROM security_event_cursors WHERE name LIKE 'to:%'",
    );
    expect(left).toEqual([{ held_by: null }, { held_by: null }]);
    expect(silent.deliveries).toHaveLength(waiting);
  });
});
