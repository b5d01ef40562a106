// What a validator sees that reads a log carried from another region: all that a feed owes, through the relay as it is run.
import { type Child, eventually, freePort, startChild, startRedis, type RedisServer } from '@gatehouse/testing';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSessionValidator, type SessionValidator } from '../src/index.js';
import { systemTime } from '../src/core/time.js';
import { RedisFeed, RedisLink } from '../src/redis/index.js';
import { createTestIssuer } from '../src/testing/index.js';
import { anEntry, describeFeed } from './feed.conformance.js';
import { RedisWriter } from './redis-writer.js';
import { Wire } from './wire.js';

const TOP = join(__dirname, '../../..');
const GATEHOUSE = join(TOP, 'apps/cli/bin/gatehouse.mjs');
const quiet = () => undefined;

let home: RedisServer;
let here: RedisServer;
/** The line between the regions. */
let line: Wire;
let statusPort: number;
const relays: Child[] = [];

/** With the rights the document names, and no other. @param more - arguments */
function startRelay(...more: string[]): Child {
  const [from, to] = [`${line.address}`, new URL(here.url).host].map((host) => `redis://gatehouse-relay:pass@${host}`);
  const relay = startChild(process.execPath, [GATEHOUSE, 'relay', '--json', ...more], {
    env: { HOME_REDIS_URL: from, REDIS_URL: to },
  });
  relays.push(relay);
  return relay;
}

beforeAll(async () => {
  if (!existsSync(join(TOP, 'apps/cli/dist/relay')))
    throw new Error('not built: npx tsc -b apps/cli/tsconfig.lib.json');
  [home, here] = await Promise.all([startRedis(), startRedis()]);
  const document = readFileSync(join(TOP, 'docs/operations/regions.md'), 'utf8').replaceAll(/ \\\n\s*/g, ' ');
  const rules = [...document.matchAll(/^ACL SETUSER gatehouse-relay reset on >\S+ (.+)$/gm)].map(
    ([, rule]) => rule ?? '',
  );
  expect(rules).toHaveLength(2);
  for (const [n, server] of [home, here].entries()) {
    await server.command('ACL', 'SETUSER', 'gatehouse-relay', 'reset', 'on', '>pass', ...(rules[n] ?? '').split(' '));
  }
  line = new Wire(home.port);
  await line.heal();
  statusPort = await freePort();
  startRelay('--listen', String(statusPort));
});
afterAll(async () => {
  await Promise.all(relays.map((relay) => relay.kill()));
  await Promise.all([line.cut(), home.kill(), here.kill()]);
});
beforeEach(() => Promise.all([home.flush(), here.flush()]));

describeFeed('Redis, carried from another region', async () => {
  const writer = new RedisWriter(home.url);
  const trimmer = new RedisWriter(here.url);
  let isCut = false;
  const arrived = () =>
    eventually(async () => expect((await logOf(here)).at(-1)?.[0]).toBe((await logOf(home)).at(-1)?.[0]), {
      timeoutMs: 10_000,
    });
  return {
    newFeed: () => new RedisFeed(new RedisLink(here.url, quiet), systemTime),
    append: async (entry, options) => void (await writer.append(entry, options)),
    beat: async () => void (await writer.beat()),
    appendUnreadable: () => writer.appendUnreadable(),
    loseEverything: () => writer.loseEverything(),
    beginNewLife: () => writer.beginNewLife(),
    trim: async (keep) => {
      // What would be carried later would lie behind what is left here.
      if (!isCut) await arrived();
      await Promise.all([writer.trim(keep), trimmer.trim(keep)]);
    },
    cut: () => {
      isCut = true;
      return line.cut();
    },
    heal: () => line.heal(),
    keepsPlaces: true,
    arrived,
    holdUp: () => line.swallow(),
    close: async () => {
      writer.close();
      trimmer.close();
      await line.heal();
    },
  };
});

type RawRecord = [id: string, fields: string[]];
const logOf = async (server: RedisServer) => (await server.command('XRANGE', 'rev:log', '-', '+')) as RawRecord[];
const withoutLag = ([id, fields]: RawRecord): RawRecord => {
  const at = fields.indexOf('lag');
  expect(at).toBeGreaterThan(0);
  return [id, fields.toSpliced(at, 2)];
};

describe('a region', () => {
  const issuer = createTestIssuer();
  let writer: RedisWriter;
  let beating: NodeJS.Timeout;
  const validators: SessionValidator[] = [];

  beforeEach(async () => {
    writer = new RedisWriter(home.url);
    await writer.publishBundle(issuer.keyBundle());
    beating = setInterval(() => void writer.beat().catch(quiet), 200);
  });
  afterEach(async () => {
    clearInterval(beating);
    writer.close();
    await Promise.all(validators.splice(0).map((validator) => validator.close()));
    await line.heal();
  });

  /** All it knows is its region's Redis and the root key. */
  const aValidator = async () => {
    const validator = createSessionValidator({ redisUrl: here.url, trustAnchor: issuer.trustAnchor, warn: quiet });
    validators.push(validator);
    expect(await validator.ready(10_000)).toBe(true);
    return validator;
  };
  const told = async (path: string) => (await fetch(`http://127.0.0.1:${statusPort}/${path}`)).text();
  const end = async (sid: string) => void (await writer.append(anEntry({ value: sid })));
  const strict = { freshness: { boundedSeconds: 1.5 } } as const;

  it('gets keys and their rotation from its own Redis, and nobody from elsewhere can put in others (R083, X12)', async () => {
    const validator = await aValidator();
    expect(validator.check(issuer.token()).ok).toBe(true);
    issuer.rotate();
    await writer.publishBundle(issuer.keyBundle());
    await eventually(() => expect(validator.health().keys.version).toBe(2), { timeoutMs: 10_000 });
    const intruder = createTestIssuer();
    await writer.publishBundle(intruder.keyBundle({ ver: 99 }));
    await eventually(() => expect(validator.metrics().keyDocumentsRefused).toBeGreaterThan(0), { timeoutMs: 10_000 });
    expect(validator.check(intruder.token()).ok).toBe(false);
    expect(validator.check(issuer.token()).ok).toBe(true);
  });

  it('cut off, it enforces what it knows, says how old that is, and catches up afterwards (R182, M30)', async () => {
    const aSession = (): Ended => {
      const claims = issuer.claims();
      return { ...claims, token: issuer.token(claims) };
    };
    const [before, during, untouched] = [aSession(), aSession(), aSession()];
    const validator = await aValidator();
    await eventually(async () => expect(await told('ready')).toContain('"status":"ready"'));
    await end(before.sid);
    await eventually(() => expect(validator.check(before.token)).toMatchObject({ reason: 'SESSION_REVOKED' }));
    await eventually(() => expect(validator.check(untouched.token, strict).ok).toBe(true));
    line.swallow();
    await end(during.sid);
    await eventually(() => expect(validator.check(untouched.token, strict)).toMatchObject({ reason: 'FEED_STALE' }), {
      timeoutMs: 10_000,
    });
    // Who asks for nothing is served with what is known: who was signed out meanwhile too, until the line is back.
    expect(validator.check(before.token)).toMatchObject({ reason: 'SESSION_REVOKED' });
    expect(validator.check(during.token).ok).toBe(true);
    // Nobody restarts a relay for it; that it is behind is told.
    await eventually(async () => expect(await told('ready')).toContain('"status":"degraded"'), { timeoutMs: 10_000 });
    expect(await told('health')).toBe('{"status":"ok"}');
    await eventually(
      async () => {
        const behind = /^gatehouse_relay_behind_seconds ([\d.]+)$/m.exec(await told('metrics'))?.[1];
        expect(Number(behind)).toBeGreaterThan(2.5);
      },
      { timeoutMs: 10_000 },
    );
    await line.heal();
    await eventually(
      () => {
        expect(validator.check(untouched.token, strict).ok).toBe(true);
      },
      { timeoutMs: 10_000, everyMs: 1 },
    );
    // Fresh again means: it knows of what happened meanwhile.
    expect(validator.check(during.token)).toMatchObject({ reason: 'SESSION_REVOKED' });
    expect(validator.check(before.token)).toMatchObject({ reason: 'SESSION_REVOKED' });
  });

  it('holds the same records under the same ids, each once, whatever becomes of relays (R181)', async () => {
    await writer.beat();
    const other = startRelay();
    const writing = (async () => {
      for (let n = 0; n < 1_500; n++) await writer.append(anEntry(), { told: n % 2 === 0 });
    })();
    for (let n = 0; n < 3; n++) {
      await eventually(async () => expect((await logOf(here)).length).toBeGreaterThan(100 * (n + 1)), {
        timeoutMs: 10_000,
      });
      const oldest = relays.shift();
      startRelay();
      await oldest?.kill();
    }
    await writing;
    clearInterval(beating);
    await writer.beat();
    const written = await logOf(home);
    await eventually(async () => expect((await logOf(here)).length).toBe(written.length), { timeoutMs: 10_000 });
    expect((await logOf(here)).map(withoutLag)).toEqual(written);
    expect(other.isRunning()).toBe(relays.includes(other));
    await Promise.all(relays.splice(1).map((relay) => relay.kill()));
  });

  it('gets the whole log in one step when the two cannot be joined, and running services keep what they know', async () => {
    const [known, replayed] = [issuer.claims(), issuer.claims()];
    const [knownToken, replayedToken] = [issuer.token(known), issuer.token(replayed)];
    const validator = await aValidator();
    await end(known.sid);
    await eventually(() => expect(validator.check(knownToken)).toMatchObject({ reason: 'SESSION_REVOKED' }));
    clearInterval(beating);
    // Another server has taken over whose clock is far behind: its ids lie before those that are here.
    const entry = JSON.stringify(anEntry({ value: replayed.sid }));
    await home.command('DEL', 'rev:log');
    await home.command('XADD', 'rev:log', '1000-0', 'v', '1', 'epoch', 'e9', 'prev', '0-0', 'entry', entry);
    await home.command('XADD', 'rev:log', '1000-1', 'v', '1', 'epoch', 'e9', 'prev', '1000-0');
    await eventually(() => expect(validator.check(replayedToken)).toMatchObject({ reason: 'SESSION_REVOKED' }), {
      timeoutMs: 15_000,
    });
    expect(validator.check(knownToken)).toMatchObject({ reason: 'SESSION_REVOKED' });
    expect((await logOf(here)).map(([id]) => id)).toEqual(['1000-0', '1000-1']);
    expect(await here.command('KEYS', '{rev:log}:*')).toEqual([]);
    // Nothing is known of when those were written, so they prove that the list is whole and not that it is fresh.
    expect((await aValidator()).check(issuer.token(), strict)).toMatchObject({ reason: 'FEED_STALE' });
  });

  it('is left alone when an auth service writes its log', async () => {
    await aValidator();
    const own = new RedisWriter(here.url);
    const record = await own.append(anEntry());
    await eventually(() => expect(relays[0]?.output()).toContain('"not-ours"'), { timeoutMs: 10_000 });
    await end(issuer.claims().sid);
    const last = (await logOf(here)).at(-1);
    expect(last?.[0]).toBe(record.position);
    own.close();
  });
});

interface Ended {
  readonly sid: string;
  readonly token: string;
}
