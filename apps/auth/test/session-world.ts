import { randomBytes } from 'node:crypto';
import type { AccessTokenClaims } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { NewSession, Session, SessionStore } from '@gatehouse/session-store';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { aSession } from '@gatehouse/session-store/testing';
import { MemoryAuditLog } from '../src/audit/adapters/memory-audit-log.js';
import { type DurableRevocations, RevokeSessions } from '../src/revocations/revoke-sessions.js';
import { SettleEnds } from '../src/revocations/settle-ends.js';
import { AccessTokenIssuer } from '../src/tokens/access-token-issuer.js';
import { RefreshTokens } from '../src/tokens/refresh-token.js';
import { TokenSigner } from '../src/tokens/token-signer.port.js';

export const ACCESS_TOKEN_SECONDS = 900;

/** Claims as JSON: what a test wants to look at. */
class ClaimsAsToken extends TokenSigner {
  override async sign(claims: AccessTokenClaims): Promise<string> {
    return JSON.stringify(claims);
  }
}

/** Keeps revocations, unless it is told to be away. */
export class KeptRevocations implements DurableRevocations {
  readonly rows: OutboxRow[] = [];
  failure: Error | undefined;

  async revoke(rows: readonly OutboxRow[]): Promise<{ durableIn: string }> {
    if (this.failure) throw this.failure;
    this.rows.push(...rows);
    return { durableIn: 'test' };
  }

  get sessionIds(): string[] {
    return this.rows.map(({ entry }) => entry.value);
  }
}

/** The store, with a switch that takes it away. */
function withSwitch(store: SessionStore): { store: SessionStore; setAway: (away: boolean) => void } {
  let away = false;
  const proxy = new Proxy(store, {
    get(target, name, receiver) {
      const member: unknown = Reflect.get(target, name, receiver);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) =>
        away
          ? Promise.reject(new SessionStoreUnavailable('switched off by the test'))
          : (Reflect.apply(member, target, args) as unknown);
    },
  });
  return { store: proxy, setAway: (next) => (away = next) };
}

/** Everything around the use cases that deal with sessions, in memory. */
export function sessionWorld() {
  const clock = new FakeClock();
  const { store: sessions, setAway: setStoreAway } = withSwitch(new MemorySessionStore(clock));
  const revocations = new KeptRevocations();
  const audit = new MemoryAuditLog();
  const refreshTokens = new RefreshTokens(randomBytes(32));
  const settings = {
    issuer: 'https://auth.example.test',
    audience: 'gatehouse',
    lifetimeSeconds: ACCESS_TOKEN_SECONDS,
  };
  const accessTokens = new AccessTokenIssuer(new ClaimsAsToken(), settings, clock);
  const revokeSessions = new RevokeSessions(revocations, sessions, ACCESS_TOKEN_SECONDS, clock);
  const settleEnds = new SettleEnds(sessions, revokeSessions);

  /** Signs somebody in, as far as the store is concerned. */
  async function open(given: Partial<NewSession> = {}): Promise<{ session: Session; refreshToken: string }> {
    const id = given.id ?? randomHex(32);
    const { text, hash } = refreshTokens.mint(id);
    const { session } = await sessions.open(aSession({ id, refreshTokenHash: hash, ...given }), 5);
    return { session, refreshToken: text };
  }

  return {
    clock,
    sessions,
    setStoreAway,
    revocations,
    audit,
    refreshTokens,
    accessTokens,
    revokeSessions,
    settleEnds,
    open,
  };
}

export const aCaller = { ipAddress: '192.0.2.1', requestId: 'req-1' };
