import { randomBytes } from 'node:crypto';
import type { AccessTokenClaims } from '@gatehouse/contracts';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { silentLogger } from '@gatehouse/observability';
import type { OutboxRow } from '@gatehouse/revocation-log';
import { MemoryFeedLog, MemoryRevocationOutbox } from '@gatehouse/revocation-log/memory';
import type { NewSession, Session, SessionStore } from '@gatehouse/session-store';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { aSession } from '@gatehouse/session-store/testing';
import { MemoryAuditLog } from '../src/audit/adapters/memory-audit-log.js';
import { EndUserSessions } from '../src/revocations/end-user-sessions.js';
import { RevokeSessions } from '../src/revocations/revoke-sessions.js';
import { SettleEnds } from '../src/revocations/settle-ends.js';
import { wireRevocations } from '../src/revocations/wire-revocations.js';
import { rightsFrom } from '../src/roles/rights-of.js';
import { RolePermissions } from '../src/roles/role-permissions.js';
import { AccessTokenIssuer } from '../src/tokens/access-token-issuer.js';
import { RefreshTokens } from '../src/tokens/refresh-token.js';
import { TokenSigner } from '../src/tokens/token-signer.port.js';
import { MemoryUserRepository } from '../src/users/adapters/memory-user-repository.js';

export const ACCESS_TOKEN_SECONDS = 900;

/** Claims as JSON: what a test wants to look at. */
class ClaimsAsToken extends TokenSigner {
  override async sign(claims: AccessTokenClaims): Promise<string> {
    return JSON.stringify(claims);
  }
}

/** The outbox, with a switch that takes it away, and with everything it was ever given. */
export class SwitchedOutbox extends MemoryRevocationOutbox {
  readonly given: OutboxRow[] = [];
  away = false;

  override async add(rows: readonly OutboxRow[]): Promise<void> {
    if (this.away) throw new DatabaseUnavailable('switched off by the test');
    await super.add(rows);
    this.given.push(...rows);
  }

  override async find(entryId: string): Promise<readonly OutboxRow[]> {
    if (this.away) throw new DatabaseUnavailable('switched off by the test');
    return super.find(entryId);
  }

  get sessionIds(): string[] {
    return this.given.map(({ entry }) => entry.value);
  }
}

/** The store, with a switch that takes it away. */
export function withSwitch(store: SessionStore): { store: SessionStore; setAway: (away: boolean) => void } {
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
  const revocations = new SwitchedOutbox();
  const feedLog = new MemoryFeedLog(clock);
  const users = new MemoryUserRepository(clock);
  const { writer, relay } = wireRevocations({
    outbox: revocations,
    feedLog,
    sessions,
    rightsOf: rightsFrom(users, new RolePermissions({ roles: async () => [] })),
    keyBundles: { publish: async () => undefined },
    clock,
    logger: silentLogger,
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
  });
  const audit = new MemoryAuditLog();
  const refreshTokens = new RefreshTokens(randomBytes(32));
  const settings = {
    issuer: 'https://auth.example.test',
    audience: 'gatehouse',
    lifetimeSeconds: ACCESS_TOKEN_SECONDS,
  };
  const accessTokens = new AccessTokenIssuer(new ClaimsAsToken(), settings, clock);
  const revokeSessions = new RevokeSessions(writer, ACCESS_TOKEN_SECONDS, clock);
  const endUserSessions = new EndUserSessions(users, sessions, writer, audit, ACCESS_TOKEN_SECONDS, clock);
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
    feedLog,
    relay,
    audit,
    refreshTokens,
    accessTokens,
    writer,
    users,
    revokeSessions,
    endUserSessions,
    settleEnds,
    open,
  };
}

export const aCaller = { ipAddress: '192.0.2.1', requestId: 'req-1' };
