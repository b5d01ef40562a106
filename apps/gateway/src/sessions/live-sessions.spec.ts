import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Logger } from '@gatehouse/observability';
import { createTestIssuer } from '@gatehouse/session-validator/testing';
import { eventually, sleep } from '@gatehouse/testing';
import { ABSOLUTE_MS, DENY, IDLE_MS, SessionsRig, type Instance } from '../../test/sessions-rig.js';
import { AuthServiceUnavailable, SignInRefused } from '../auth-service/auth-service.errors.js';
import { SealingKeys } from './sealing/sealing-keys.js';
import { SessionCache } from './session-cache.js';
import { newSecret } from './session-secret.js';
import { SessionWatch } from './session-watch.js';

const SIGN_IN = '/api/v1/internal/federated-sign-in';
const SIGN_OUT = '/api/v1/auth/signout';

let rig: SessionsRig;
let gateway: Instance;
let lines: string[];
beforeEach(async () => {
  lines = [];
  const note = (message: string, facts: unknown) => void lines.push(`${message} ${JSON.stringify(facts)}`);
  const logger: Logger = { debug: note, info: note, warn: note, error: note };
  rig = await SessionsRig.start();
  gateway = await rig.instance({ logger });
});
afterEach(() => rig.close());

const look = (cookie: string | undefined) => gateway.sessions.look(cookie, DENY);
const answering = (status: number, body: object) => (response: import('node:http').ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
const refused = (code: string) => ({ success: false, error: { code, message: 'no' } });

describe('a login', () => {
  it('opens a session under the auth service’s id, and tells who it is', async () => {
    rig.auth.roles = ['user', 'orders:admin'];
    const { cookie, sid } = await rig.signIn(gateway);
    expect(rig.auth.sessions.has(sid)).toBe(true);
    expect(await look(cookie)).toMatchObject({
      kind: 'live',
      principal: { sid, userId: '100', roles: ['user', 'orders:admin'], acr: 'aal1', authTimeMs: rig.time.nowMs() },
      session: {
        record: { provider: 'entra' },
        tokens: { identity: { key: 'entra|t|ada', email: 'ada@example.test' } },
      },
    });
  });

  it('gives each browser a secret of its own, whatever cookie it came with (B2)', async () => {
    const planted = `__Host-gw=${'ab'.repeat(32)}.${newSecret()}`;
    expect(await look(planted)).toEqual({ kind: 'none', clear: true, reason: 'unknown' });
    const [one, other] = [await rig.signIn(gateway), await rig.signIn(gateway)];
    expect(new Set([planted, one.cookie, other.cookie].flatMap((cookie) => cookie.split(/[=.]/).slice(1))).size).toBe(
      6,
    );
    expect(await look(planted)).toMatchObject({ kind: 'none' });
  });

  it('is kept until the browser is closed, or to the end of the session where it is to be remembered', async () => {
    expect((await rig.signIn(gateway)).setCookie).not.toMatch(/max-age|expires/i);
    const remembering = await rig.instance({ remember: true });
    const { setCookie, cookie } = await rig.signIn(remembering);
    expect(setCookie).toContain(`; Max-Age=${ABSOLUTE_MS / 1_000}; Path=/; HttpOnly; SameSite=Lax; Secure`);
    rig.auth.sessionMs = 3_600_000;
    expect((await rig.signIn(remembering)).setCookie).toContain('; Max-Age=3600; ');
    // Whatever the browser keeps: nobody uses it, so it ends.
    rig.time.advance(IDLE_MS);
    expect(await remembering.sessions.look(cookie, DENY)).toMatchObject({ kind: 'none', clear: true });
  });

  it('that the auth service refuses opens nothing, and says why', async () => {
    rig.auth.wrong.set(SIGN_IN, answering(403, refused('ACCOUNT_DISABLED')));
    await expect(rig.signIn(gateway)).rejects.toMatchObject({ constructor: SignInRefused, code: 'ACCOUNT_DISABLED' });
    expect(await gateway.store.count()).toMatchObject({ live: 0 });
  });

  it('that cannot be kept leaves no session behind at the auth service', async () => {
    jest.spyOn(gateway.store, 'create').mockRejectedValueOnce(new SessionStoreUnavailable('away'));
    await expect(rig.signIn(gateway)).rejects.toThrow(SessionStoreUnavailable);
    const [sid] = [...rig.auth.sessions.keys()];
    await eventually(() => expect(rig.auth.sessions.get(sid!)?.hasEnded).toBe(true));
  });

  it('with a token this gateway would refuse is none: better than being sent back from every page', async () => {
    const foreign = createTestIssuer().token();
    const session = { userId: 1, sessionId: 'ab'.repeat(32), accessToken: foreign, accessTokenExpiresAt: 9e12 };
    const data = { ...session, refreshToken: 'r', expiresAt: 9e12 };
    rig.auth.wrong.set(SIGN_IN, answering(200, { success: true, data }));
    await expect(rig.signIn(gateway)).rejects.toThrow(AuthServiceUnavailable);
    expect(await gateway.store.count()).toMatchObject({ live: 0 });
  });
});

describe('a cookie', () => {
  it('is nothing where there is none, and two are ambiguous', async () => {
    const { cookie } = await rig.signIn(gateway);
    expect(await look(undefined)).toEqual({ kind: 'none', clear: false });
    expect(await look(`${cookie}; ${cookie}`)).toEqual({ kind: 'ambiguous' });
    expect(await look('__Host-gw=x')).toMatchObject({ kind: 'none', clear: true });
  });

  it('with the session’s id and another secret opens nothing, and ends nothing: the id is no secret', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const guess = `__Host-gw=${sid}.${newSecret()}`;
    for (const wait of [0, 2_000]) {
      rig.time.advance(wait);
      expect(await look(guess)).toEqual({ kind: 'none', clear: true, reason: 'unknown' });
    }
    expect((await look(cookie)).kind).toBe('live');
  });

  it('of one session never opens another', async () => {
    const [one, other] = [await rig.signIn(gateway), await rig.signIn(gateway)];
    const mixed = `__Host-gw=${one.sid}.${other.cookie.split('.')[1]}`;
    expect((await look(mixed)).kind).toBe('none');
  });
});

describe('a session', () => {
  it.each([
    ['session', { sub: '100', sid: 'cd'.repeat(32) }],
    ['person', { sub: '101', sid: 'ab'.repeat(32) }],
  ])('that was given the token of another %s ends rather than pass for it (I9)', async (_, whose) => {
    const iat = Math.floor(rig.time.nowMs() / 1_000);
    const accessToken = rig.auth.issuer.token({ ...whose, roles: ['admin'], gen: 0, iat, exp: iat + 900 });
    const session = { userId: 100, sessionId: 'ab'.repeat(32), accessToken, accessTokenExpiresAt: (iat + 900) * 1_000 };
    const data = { ...session, refreshToken: 'r', expiresAt: 9e12 };
    rig.auth.wrong.set(SIGN_IN, answering(200, { success: true, data }));
    const { cookie } = await rig.signIn(gateway);
    expect(await look(cookie)).toEqual({ kind: 'none', clear: true, reason: 'mismatch' });
    expect(lines.join()).toContain('a session holds the token of another one');
    expect(await gateway.store.count()).toMatchObject({ live: 0 });
  });

  it('ends when nobody uses it, and not while somebody does', async () => {
    const [used, idle] = [await rig.signIn(gateway), await rig.signIn(gateway)];
    for (let minutes = 0; minutes < 40; minutes += 10) {
      rig.time.advance(600_000);
      expect((await look(used.cookie)).kind).toBe('live');
    }
    expect(await look(idle.cookie)).toMatchObject({ kind: 'none', clear: true });
    expect(rig.time.nowMs()).toBeGreaterThan(IDLE_MS);
  });

  it('is written down as used once a minute, however often it is', async () => {
    const { cookie } = await rig.signIn(gateway);
    const touch = jest.spyOn(gateway.store, 'touch');
    for (let seconds = 0; seconds < 180; seconds += 5) {
      rig.time.advance(5_000);
      expect((await look(cookie)).kind).toBe('live');
    }
    expect(touch).toHaveBeenCalledTimes(3);
  });

  it('ends at its absolute end, and never later than the auth service’s', async () => {
    const { cookie } = await rig.signIn(gateway);
    rig.auth.sessionMs = 3_600_000;
    const shorter = await rig.signIn(gateway);
    const until = async (end: number) => {
      while (rig.time.nowMs() < end) {
        await Promise.all([look(cookie), look(shorter.cookie)]);
        rig.time.advance(600_000);
      }
    };
    const start = rig.time.nowMs();
    await until(start + 3_600_000);
    expect((await look(shorter.cookie)).kind).toBe('none');
    expect((await look(cookie)).kind).toBe('live');
    await until(start + ABSOLUTE_MS);
    expect((await look(cookie)).kind).toBe('none');
  });

  it('that ends at the auth service is refused at once, and tells its open connections', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const other = await rig.signIn(gateway);
    expect((await look(cookie)).kind).toBe('live');
    const told: string[] = [];
    gateway.sessions.onEnded(sid, () => told.push('stream'));
    gateway.sessions.onEnded(sid, () => told.push('left'))();
    gateway.sessions.onEnded(other.sid, () => told.push('other'));
    rig.auth.end(sid);
    expect(told).toEqual(['stream']);
    expect(await look(cookie)).toMatchObject({ kind: 'none', clear: true });
    await eventually(async () => expect(await gateway.store.find(sid)).toBeUndefined());
    expect((await look(other.cookie)).kind).toBe('live');
  });

  it('tells a connection that comes too late that its session is over', async () => {
    const { sid } = await rig.signIn(gateway);
    rig.auth.end(sid);
    const ended = await new Promise<boolean>((resolve) => gateway.sessions.onEnded(sid, () => resolve(true)));
    expect(ended).toBe(true);
  });

  it('closes its connections when the person’s rights change, and not when its token is renewed', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    await look(cookie);
    const told: string[] = [];
    gateway.sessions.onEnded(sid, () => told.push('closed'));
    rig.time.advance(870_000);
    await look(cookie);
    await eventually(() => expect(rig.auth.rotations).toBe(1));
    expect(told).toEqual([]);
    rig.auth.changeRights(100, ['nobody']);
    expect(told).toEqual(['closed']);
  });

  it('tells what was opened on a token of that token’s end, and all of the session’s', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const tokenNow = async () => {
      const found = await look(cookie);
      if (found.kind !== 'live') throw new Error(found.kind);
      return found.session.tokens.accessToken;
    };
    const former = await tokenNow();
    const told: string[] = [];
    gateway.sessions.onEnded(sid, () => told.push('opened before'));
    rig.time.advance(870_000);
    await eventually(async () => expect(await tokenNow()).not.toBe(former));
    gateway.sessions.onEnded(sid, () => told.push('opened after'));
    const verdict = gateway.validator.check(await tokenNow());
    if (!verdict.ok) throw new Error(verdict.reason);
    const { jti, exp } = verdict.claims;
    gateway.feed.revoke({ scope: 'jti', value: jti, untilMs: exp * 1_000 });
    expect(told).toEqual(['opened after']);
    rig.auth.end(sid);
    expect(told).toEqual(['opened after', 'opened before']);
  });

  it('does not take what was opened with new rights for what was opened with the old ones', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const told: string[] = [];
    for (const rights of ['first', 'second']) {
      expect((await look(cookie)).kind).toBe('live');
      gateway.sessions.onEnded(sid, () => told.push(rights));
      rig.auth.changeRights(100, [rights]);
      expect(told.at(-1)).toBe(rights);
    }
    expect(told).toEqual(['first', 'second']);
  });

  it('is watched once for all that is open of it, and not for long when nothing is', async () => {
    const { validator } = gateway;
    const watch = new SessionWatch(validator, new SessionCache(), 20);
    const [busy, quiet] = ['ab'.repeat(32), 'cd'.repeat(32)];
    const leave = Array.from({ length: 50 }, () => watch.onEnded(busy, () => undefined));
    let told = 0;
    watch.onEnded(quiet, () => (told += 1));
    expect(validator.metrics().watchers).toBe(2);
    for (const one of leave) one();
    expect(validator.metrics().watchers).toBe(2);
    await eventually(() => expect(validator.metrics().watchers).toBe(1));
    rig.auth.end(quiet);
    expect([told, validator.metrics().watchers]).toEqual([1, 0]);
  });

  it('has its seal opened once, however often it is read again', async () => {
    const { cookie } = await rig.signIn(gateway);
    const [opened, read] = [jest.spyOn(SealingKeys.prototype, 'open'), jest.spyOn(gateway.store, 'find')];
    for (let seconds = 0; seconds < 5; seconds += 1) {
      rig.time.advance(1_001);
      expect((await look(cookie)).kind).toBe('live');
    }
    expect([read.mock.calls.length, opened.mock.calls.length]).toEqual([5, 0]);
    opened.mockRestore();
  });

  it('cannot be told while keys or list have not been read: 503, never a login', async () => {
    const { cookie } = await rig.signIn(gateway);
    jest.spyOn(gateway.validator, 'decide').mockReturnValue({ ok: false, reason: 'FEED_STALE', message: '' });
    expect(await look(cookie)).toEqual({ kind: 'unavailable', retryAfterSeconds: 1 });
  });
});

describe('a logout', () => {
  it('ends the session at the auth service, here, and for whoever asks again', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const found = await look(cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    expect(await gateway.sessions.end(found.session, 'logout')).toBe(true);
    expect(rig.auth.sessions.get(sid)?.hasEnded).toBe(true);
    expect(await look(cookie)).toMatchObject({ kind: 'none', clear: true });
    expect(await gateway.sessions.end(found.session, 'logout')).toBe(true);
  });

  it('ends the session here while the auth service is away, and there as soon as it is back', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const found = await look(cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    let told = 0;
    gateway.sessions.onEnded(sid, () => (told += 1));
    rig.auth.wrong.set(SIGN_OUT, answering(503, {}));
    expect(await gateway.sessions.end(found.session, 'logout')).toBe(false);
    expect(told).toBe(1);
    expect(await look(cookie)).toMatchObject({ kind: 'none', clear: true });
    expect(rig.auth.sessions.get(sid)?.hasEnded).toBe(false);
    rig.auth.wrong.delete(SIGN_OUT);
    await eventually(() => expect(rig.auth.sessions.get(sid)?.hasEnded).toBe(true));
  });

  it('at the provider ends the session through the auth service', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    await gateway.sessions.endAtProvider({ provider: 'entra', issuer: 'https://login.test', providerSessionId: sid });
    expect((await look(cookie)).kind).toBe('none');
    const forged = gateway.sessions.endAtProvider({ provider: 'entra', logoutToken: 'forged' });
    await expect(forged).rejects.toMatchObject({ code: 'LOGOUT_TOKEN_INVALID' });
  });
});

describe('what is told of sessions', () => {
  it('are figures: live ones, opened, expired, ended and why', async () => {
    const { cookie } = await rig.signIn(gateway);
    await rig.signIn(gateway);
    const found = await look(cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    await gateway.sessions.end(found.session, 'logout');
    let text = await gateway.metrics.text();
    expect(text).toContain('redis_sessions_total{service="gateway"} 1');
    expect(text).toContain('redis_sessions_created_total{service="gateway"} 2');
    expect(text).toContain('gateway_sessions_ended_total{reason="logout",service="gateway"} 1');
    rig.time.advance(IDLE_MS);
    await gateway.metrics.text();
    text = await gateway.metrics.text();
    expect(text).toContain('redis_sessions_expired_total{service="gateway"} 1');
  });

  it('is never a token, a secret or an address of a person', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    const found = await look(cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    rig.auth.wrong.set(SIGN_OUT, answering(503, {}));
    rig.auth.wrong.set('/api/v1/auth/refresh', answering(500, {}));
    rig.time.advance(880_000);
    await look(cookie);
    await gateway.sessions.end(found.session, 'logout');
    await sleep(50);
    const told = lines.join('\n') + (await gateway.metrics.text());
    expect(lines.length).toBeGreaterThan(0);
    expect(told).toContain(sid);
    const { accessToken, refreshToken } = found.session.tokens;
    for (const secret of [accessToken, refreshToken, cookie.split('.')[1]!, 'ada@']) {
      expect(told).not.toContain(secret);
    }
    expect(told).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });
});
