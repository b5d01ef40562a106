import {
  OidcError,
  type OidcClient,
  type OidcErrorCode,
  type OidcErrorKind,
  type ProviderTokens,
} from '@gatehouse/oidc';
import { eventually, sleep } from '@gatehouse/testing';
import fc from 'fast-check';
import { DENY, SessionsRig, WINDOW_MS, type Instance } from '../../../test/sessions-rig.js';

const REFRESH = '/api/v1/auth/refresh';
/** Into the window in which tokens are renewed beside the requests; beyond it they have run out. */
const DUE_MS = 900_000 - WINDOW_MS + 1_000;
const EXPIRED_MS = 901_000;

let rig: SessionsRig;
let gateway: Instance;
beforeEach(async () => {
  rig = await SessionsRig.start();
  gateway = await rig.instance();
});
afterEach(() => rig.close());

const look = (cookie: string) => gateway.sessions.look(cookie, DENY);
const answering = (status: number, code: string) => (response: import('node:http').ServerResponse) =>
  response
    .writeHead(status, { 'content-type': 'application/json' })
    .end(JSON.stringify({ success: false, error: { code, message: 'no' } }));

/** A provider that answers a refresh as a test says. */
class PlayedProvider {
  calls = 0;
  /** In the ID token of a refresh; `undefined`: it gives none. */
  roles: readonly string[] | undefined;
  answer: () => Promise<ProviderTokens> = async () => ({
    accessToken: `provider-access-${this.calls}`,
    refreshToken: `provider-refresh-${this.calls}`,
    idToken: `eyJ.id-${this.calls}`,
    accessTokenExpiresAtMs: rig.time.nowMs() + 3_600_000,
  });

  get client(): OidcClient {
    const refresh = async () => {
      this.calls += 1;
      const { roles } = this;
      return { tokens: await this.answer(), ...(roles && { identity: { roles } }) };
    };
    return { name: 'entra', refresh } as unknown as OidcClient;
  }

  refuse(kind: OidcErrorKind, code: OidcErrorCode): void {
    this.answer = async () => {
      throw new OidcError(kind, code, 'no');
    };
  }
}

describe('an access token near its end', () => {
  it('is renewed once beside the requests, which go on with it', async () => {
    const { cookie } = await rig.signIn(gateway);
    rig.time.advance(DUE_MS);
    rig.auth.delayMs = 150;
    const found = await Promise.all(Array.from({ length: 50 }, () => look(cookie)));
    expect(found.every(({ kind }) => kind === 'live')).toBe(true);
    // They were answered before the auth service was.
    expect(rig.auth.rotations).toBe(0);
    await eventually(() => expect(rig.auth.rotations).toBe(1));
    await eventually(async () => expect((await gateway.store.count()).live).toBe(1));
    rig.time.advance(EXPIRED_MS - DUE_MS);
    expect((await look(cookie)).kind).toBe('live');
    expect(rig.auth.count(REFRESH)).toBe(1);
  });

  it('goes on to its end while the auth service fails, which is left alone for longer each time', async () => {
    const { cookie } = await rig.signIn(gateway);
    rig.time.advance(DUE_MS);
    rig.auth.wrong.set(REFRESH, answering(500, 'INTERNAL_ERROR'));
    for (let seconds = 0; seconds < 50; seconds += 1) {
      expect((await look(cookie)).kind).toBe('live');
      rig.time.advance(1_000);
      await sleep(10);
    }
    const calls = rig.auth.count(REFRESH);
    expect(calls).toBeGreaterThan(1);
    expect(calls).toBeLessThanOrEqual(7);
    rig.auth.wrong.delete(REFRESH);
    rig.time.advance(40_000);
    expect((await look(cookie)).kind).toBe('live');
    expect(rig.auth.rotations).toBe(1);
  });
});

describe('an access token that has run out', () => {
  it('is renewed once for 50 requests at once, and nobody is signed out', async () => {
    const { cookie } = await rig.signIn(gateway);
    rig.time.advance(EXPIRED_MS);
    const found = await Promise.all(Array.from({ length: 50 }, () => look(cookie)));
    expect(found.every(({ kind }) => kind === 'live')).toBe(true);
    expect(rig.auth.count(REFRESH)).toBe(1);
  });

  it('is 503 while the auth service is away, within two seconds, and never a login (F37)', async () => {
    const { cookie } = await rig.signIn(gateway);
    rig.time.advance(EXPIRED_MS);
    for (const away of [answering(503, 'SESSION_ERROR'), () => undefined]) {
      rig.auth.wrong.set(REFRESH, away);
      rig.time.advance(60_000);
      const startedMs = performance.now();
      expect((await look(cookie)).kind).toBe('unavailable');
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    }
    rig.auth.wrong.delete(REFRESH);
    await eventually(async () => expect((await look(cookie)).kind).toBe('live'));
  });

  it('ends the session when the auth service says that it is over', async () => {
    const { cookie, sid } = await rig.signIn(gateway);
    rig.time.advance(EXPIRED_MS);
    rig.auth.wrong.set(REFRESH, answering(401, 'REFRESH_EXPIRED'));
    expect(await look(cookie)).toEqual({ kind: 'none', clear: true, reason: 'REFRESH_EXPIRED' });
    expect(await gateway.store.find(sid)).toBeUndefined();
    expect(await gateway.metrics.text()).toContain('gateway_sessions_ended_total{reason="REFRESH_EXPIRED"');
  });
});

describe('a token that is refused for what a renewed one is not', () => {
  it('is renewed when the person’s rights changed, and the new ones count at once', async () => {
    const { cookie } = await rig.signIn(gateway);
    await look(cookie);
    rig.auth.changeRights(100, ['user', 'admin']);
    expect(await look(cookie)).toMatchObject({ kind: 'live', principal: { roles: ['user', 'admin'] } });
    expect(rig.auth.count(REFRESH)).toBe(1);
  });

  it('is renewed when it alone was revoked, and the auth service decides about the session', async () => {
    const { cookie } = await rig.signIn(gateway);
    const found = await look(cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    const [, payload = ''] = found.session.tokens.accessToken.split('.');
    const { jti } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { jti: string };
    gateway.feed.revoke({ scope: 'jti', value: jti });
    expect((await look(cookie)).kind).toBe('live');
    expect(rig.auth.rotations).toBe(1);
  });

  it('is 503 and no loop where renewed ones are refused as well', async () => {
    const { cookie } = await rig.signIn(gateway);
    const refused = { ok: false, reason: 'TOKEN_INVALID', message: '' } as const;
    jest.spyOn(gateway.validator, 'decide').mockReturnValue(refused);
    expect((await look(cookie)).kind).toBe('unavailable');
    expect(rig.auth.count(REFRESH)).toBe(2);
  });
});

describe('the provider’s tokens', () => {
  let provider: PlayedProvider;
  const given = { refreshToken: 'provider-refresh-0' };
  beforeEach(() => {
    provider = new PlayedProvider();
    rig.providers.set('entra', provider.client);
  });

  const renewed = async (cookie: string) => {
    rig.time.advance(EXPIRED_MS);
    return look(cookie);
  };
  const providerTokens = async (cookie: string) => {
    const found = await look(cookie);
    return found.kind === 'live' ? gateway.sessions.providerTokens(found.session) : undefined;
  };

  it('are renewed along with ours, and no request waits for it', async () => {
    const { cookie } = await rig.signIn(gateway, given);
    let release: () => void = () => undefined;
    const answer = provider.answer;
    provider.answer = () => new Promise((resolve) => (release = () => resolve(answer())));
    expect((await renewed(cookie)).kind).toBe('live');
    await eventually(() => expect(provider.calls).toBe(1));
    expect((await look(cookie)).kind).toBe('live');
    release();
    await eventually(async () => expect((await providerTokens(cookie))?.refreshToken).toBe('provider-refresh-1'));
  });

  it('bring other roles to the auth service: once, and only where they are other ones (L7, L11)', async () => {
    const { cookie } = await rig.signIn(gateway, given);
    const refreshedTo = (nth: number) =>
      eventually(async () => expect((await providerTokens(cookie))?.refreshToken).toBe(`provider-refresh-${nth}`));
    const inOrder = async (roles: readonly string[] | undefined, nth: number) => {
      provider.roles = roles;
      await renewed(cookie);
      await refreshedTo(nth);
    };
    await inOrder([], 1);
    await inOrder(undefined, 2);
    expect(rig.auth.takenOver).toEqual([]);
    await inOrder(['Orders.Read', 'Orders.Admin'], 3);
    await eventually(() => expect(rig.auth.takenOver).toEqual(['eyJ.id-3']));
    await inOrder(['Orders.Admin', 'Orders.Read'], 4);
    await inOrder([], 5);
    await eventually(() => expect(rig.auth.takenOver).toEqual(['eyJ.id-3', 'eyJ.id-5']));
  });

  it('bring them the next time where the auth service could not be told, and the session goes on', async () => {
    const { cookie } = await rig.signIn(gateway, given);
    provider.roles = ['Orders.Read'];
    let refusals = 0;
    rig.auth.wrong.set('/api/v1/internal/federated-roles', (response) => {
      refusals += 1;
      return answering(503, 'DEGRADED_UNAVAILABLE')(response);
    });
    await renewed(cookie);
    await eventually(() => expect(refusals).toBe(1));
    expect((await providerTokens(cookie))?.refreshToken).toBe('provider-refresh-1');
    rig.auth.wrong.clear();
    expect((await renewed(cookie)).kind).toBe('live');
    await eventually(() => expect(rig.auth.takenOver).toEqual(['eyJ.id-2']));
  });

  it('are left alone where the provider gave none to renew with', async () => {
    const { cookie } = await rig.signIn(gateway);
    await renewed(cookie);
    expect(provider.calls).toBe(0);
    expect((await providerTokens(cookie))?.accessToken).toBe('provider-access');
  });

  it.each([
    ['denied', 'GRANT_REFUSED'],
    ['denied', 'INTERACTION_REQUIRED'],
    ['refused', 'SUBJECT_CHANGED'],
    ['refused', 'TENANT_NOT_ALLOWED'],
  ] as const)('end the session everywhere when the provider says no: %s, %s', async (kind, code) => {
    const { cookie, sid } = await rig.signIn(gateway, given);
    provider.refuse(kind, code);
    await renewed(cookie);
    await eventually(() => expect(rig.auth.sessions.get(sid)?.hasEnded).toBe(true));
    await eventually(async () => expect(await look(cookie)).toMatchObject({ kind: 'none', clear: true }));
  });

  it.each([
    ['unavailable', 'PROVIDER_UNAVAILABLE'],
    ['refused', 'TOKEN_INVALID'],
  ] as const)('are kept, and the session too, while the provider fails: %s, %s', async (kind, code) => {
    const { cookie } = await rig.signIn(gateway, given);
    provider.refuse(kind, code);
    await renewed(cookie);
    await eventually(() => expect(provider.calls).toBe(1));
    expect((await look(cookie)).kind).toBe('live');
    expect((await providerTokens(cookie))?.refreshToken).toBe('provider-refresh-0');
  });

  it('are renewed first where a route hands them on and they have run out', async () => {
    const accessTokenExpiresAtMs = rig.time.nowMs() + 300_000;
    const { cookie } = await rig.signIn(gateway, { ...given, accessTokenExpiresAtMs });
    expect((await providerTokens(cookie))?.accessToken).toBe('provider-access');
    rig.time.advance(301_000);
    const both = await Promise.all([providerTokens(cookie), providerTokens(cookie)]);
    expect(both.map((tokens) => tokens?.accessToken)).toEqual(['provider-access-1', 'provider-access-1']);
    rig.time.advance(3_600_001);
    provider.refuse('unavailable', 'PROVIDER_UNAVAILABLE');
    expect(await providerTokens(cookie)).toBeUndefined();
  });
});

describe('a renewal and an end at the same time', () => {
  const turns = async (count: number) => {
    for (let left = count; left > 0; left -= 1) await new Promise((resolve) => setImmediate(resolve));
  };
  /** Many at once, each with its end a little later than the one before. */
  const race = async (end: (sid: string) => unknown) => {
    const people = await Promise.all(Array.from({ length: 50 }, () => rig.signIn(gateway)));
    rig.time.advance(EXPIRED_MS);
    await Promise.all(
      people.map(async ({ cookie, sid }, nth) => {
        const looking = look(cookie);
        await turns(nth * 2);
        await end(sid);
        await looking;
      }),
    );
    rig.time.advance(1_000);
    for (const { cookie, sid } of people) {
      expect((await look(cookie)).kind).toBe('none');
      expect(await gateway.store.find(sid)).toBeUndefined();
    }
  };

  it('leave no session in 600 rounds, whichever comes first (I8, F34)', async () => {
    for (let batch = 0; batch < 12; batch += 1) await race((sid) => rig.auth.end(sid));
    // Both orders were met.
    expect(rig.auth.rotations).toBeGreaterThan(0);
    expect(rig.auth.rotations).toBeLessThan(600);
  });

  it('leave no session either while the feed tells nothing: the store alone does not bring it back (I8)', async () => {
    // As another gateway does that ends it; this one has not heard.
    for (let batch = 0; batch < 6; batch += 1) await race((sid) => gateway.store.remove(sid));
    expect(rig.auth.rotations).toBeGreaterThan(0);
  });

  type Step = 'look' | 'due' | 'expire' | 'rights' | 'end' | 'logout' | 'away' | 'back' | 'idle' | 'wait';
  const steps: Step[] = ['look', 'look', 'due', 'expire', 'rights', 'end', 'logout', 'away', 'back', 'idle', 'wait'];

  it('in any order of what may happen: what has ended never comes back, and nothing ends by itself', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.constantFrom(...steps), { maxLength: 12 }), async (script) => {
        rig.auth.wrong.clear();
        const { cookie, sid } = await rig.signIn(gateway);
        const startedMs = rig.time.nowMs();
        let [hasEnded, lastSeenMs] = [false, startedMs];
        for (const step of script) {
          if (step === 'due') rig.time.advance(DUE_MS);
          if (step === 'expire') rig.time.advance(EXPIRED_MS);
          if (step === 'idle') rig.time.advance(1_801_000);
          if (step === 'wait') rig.time.advance(2_000);
          if (step === 'away') rig.auth.wrong.set(REFRESH, answering(503, 'SESSION_ERROR'));
          if (step === 'back') rig.auth.wrong.delete(REFRESH);
          if (step === 'rights') rig.auth.changeRights(rig.auth.sessions.get(sid)!.userId, ['user']);
          if (step === 'end') {
            rig.auth.end(sid);
            hasEnded = true;
          }
          const isOver = hasEnded || rig.time.nowMs() - lastSeenMs >= 1_800_000;
          let found = await look(cookie);
          // A renewal that began while the auth service was away may still come back with that.
          if (found.kind === 'unavailable' && rig.auth.wrong.size === 0) found = await look(cookie);
          const { kind } = found;
          if (isOver) expect(kind).toBe('none');
          else expect(rig.auth.wrong.size === 0 ? ['live'] : ['live', 'unavailable']).toContain(kind);
          if (step === 'logout' && found.kind === 'live') await gateway.sessions.end(found.session, 'logout');
          hasEnded = isOver || (step === 'logout' && kind === 'live');
          if (kind === 'live') lastSeenMs = rig.time.nowMs();
        }
      }),
      { numRuns: 60 },
    );
  });
});
