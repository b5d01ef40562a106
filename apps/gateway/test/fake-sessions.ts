import { createHash, randomBytes } from 'node:crypto';
import { cookieValues } from '../src/login/browser-binding.js';
import { GatewaySessions, type Principal, type SessionLookup } from '../src/sessions/gateway-session.js';

type Live = Extract<SessionLookup, { kind: 'live' }>;

/** The sessions room without a store behind it: cookies of this test, and what a test says about them. */
export class FakeSessions extends GatewaySessions {
  readonly clearingCookie = '__Host-gw=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0';
  readonly ended: { readonly sid: string; readonly reason: string }[] = [];
  readonly notices: Parameters<GatewaySessions['endAtProvider']>[0][] = [];
  /** Thrown by what changes something. */
  failure: Error | undefined;
  isAway = false;
  /** Of sessions that are opened from now on. */
  lifeMs = 3_600_000;
  private readonly live = new Map<string, Live>();
  private readonly listeners = new Map<string, Set<() => void>>();

  /** Somebody who is signed in. @returns the cookie, as a browser sends it */
  signIn(who: Partial<Principal> = {}, provider = 'entra'): string {
    const sid = randomBytes(32).toString('hex');
    const value = `${sid}.${randomBytes(32).toString('base64url')}`;
    const principal = { userId: '7', sid, roles: ['user'], authTimeMs: Date.now(), acr: 'aal1', ...who };
    this.live.set(value, {
      kind: 'live',
      principal,
      session: sessionOf(sid, principal.userId, value, provider, this.lifeMs),
    });
    return `__Host-gw=${value}`;
  }

  async look(cookies: string | undefined): Promise<SessionLookup> {
    const values = cookieValues(cookies, '__Host-gw');
    if (values.length === 0) return { kind: 'none', clear: false };
    if (values.length > 1) return { kind: 'ambiguous' };
    if (this.isAway) return { kind: 'unavailable', retryAfterSeconds: 1 };
    const [value] = values;
    return (value !== undefined && this.live.get(value)) || { kind: 'none', clear: true };
  }

  async providerTokens({ tokens }: Live['session']): Promise<Live['session']['tokens']['provider']> {
    return tokens.provider;
  }

  async open(login: Parameters<GatewaySessions['open']>[0]): ReturnType<GatewaySessions['open']> {
    if (this.failure) throw this.failure;
    const cookie = this.signIn({ userId: login.identity.subject });
    const found = (await this.look(cookie)) as Live;
    return { setCookie: `${cookie}; Path=/; Secure; HttpOnly; SameSite=Lax`, session: found.session };
  }

  async end({ record: { sid } }: Live['session'], reason: string): Promise<boolean> {
    if (this.failure) throw this.failure;
    this.ended.push({ sid, reason });
    this.endEverywhere(sid);
    return true;
  }

  async endAtProvider(notice: Parameters<GatewaySessions['endAtProvider']>[0]): Promise<void> {
    if (this.failure) throw this.failure;
    this.notices.push(notice);
  }

  onEnded(sid: string, callback: () => void): () => void {
    const callbacks = this.listeners.get(sid) ?? new Set();
    this.listeners.set(sid, callbacks.add(callback));
    return () => callbacks.delete(callback);
  }

  /** As when somebody else ends it. */
  endEverywhere(sid: string): void {
    for (const [value, { principal }] of this.live) if (principal.sid === sid) this.live.delete(value);
    for (const callback of this.listeners.get(sid) ?? []) callback();
  }
}

function sessionOf(sid: string, userId: string, value: string, provider: string, lifeMs: number): Live['session'] {
  const nowMs = Date.now();
  return {
    record: {
      ...{ sid, userId, provider, createdAtMs: nowMs, lastSeenAtMs: nowMs, generation: 1 },
      secretHash: createHash('sha256').update(value.slice(65)).digest('base64url'),
      expiresAtMs: nowMs + lifeMs,
    },
    tokens: {
      ...{ accessToken: `at-of-${sid}`, accessTokenExpiresAtMs: nowMs + 900_000, refreshToken: 'rt' },
      identity: { issuer: 'https://op.test', subject: userId, key: `oidc|${userId}`, loginHint: 'alice-hint' },
    },
  };
}
