import { createHash } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import type { LogoutNotice } from '@gatehouse/oidc';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { RevokeSessions } from '../../revocations/revoke-sessions.js';
import { IdentityRefused, LogoutTokenInvalid } from '../federation.errors.js';
import type { FederatedSession, ProviderLogout } from '../identities/identity.js';
import type { IdentityStore } from '../identities/identity-store.port.js';
import { providerSessionPrint, subjectPrint } from '../identities/prints.js';
import { askProvider, SERVICE_PATIENCE_MS } from '../providers/ask-provider.js';
import type { IdentityProvider } from '../providers/identity-provider.js';

export interface LogoutPlace {
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Clocks of providers differ from ours. */
const TOLERANCE_MS = 60_000;
const PAGE = 500;

/**
 * Ends what a provider says is over. Marked in the database first and ended then, so that a word that was taken is kept whatever happens
 * to this process: {@link settle} finishes what was begun.
 */
export class FederatedSignOut {
  constructor(
    private readonly identities: Pick<IdentityStore, 'endAtProvider' | 'forgetSessions' | 'unsettled'>,
    private readonly revokeSessions: Pick<RevokeSessions, 'run'>,
    private readonly audit: Pick<AuditLog, 'record'>,
    private readonly clock: Clock,
  ) {}

  /**
   * Back-channel (OpenID Connect Back-Channel Logout 1.0).
   *
   * @returns how many sessions have ended.
   * @throws {LogoutTokenInvalid} also for one that was taken before.
   * @throws {ProviderUnavailable} while its keys cannot be had.
   * @throws {DatabaseUnavailable}: nothing was taken, and it may come again.
   */
  async byToken(provider: IdentityProvider, logoutToken: string, place: LogoutPlace): Promise<number> {
    const notice = await verified(provider, logoutToken);
    const { issuer, jti, issuedAtMs, expiresAtMs } = notice;
    const logout = logoutOf(provider, notice, issuedAtMs);
    const taken = { print: printOf('logout', provider, issuer, jti), untilMs: expiresAtMs + TOLERANCE_MS };
    const ended = await this.once(provider, 'back', logout, taken, place);
    if (ended === undefined) throw new LogoutTokenInvalid();
    return ended;
  }

  /**
   * A security event (RFC 8417, CAEP 1.0), pushed (RFC 8935). What it says of other things than sessions changes nothing, and one that was
   * taken before is acknowledged again: its sender has only missed the answer.
   *
   * @param address - where it was sent to, which it may be made out to
   * @returns how many sessions have ended.
   * @throws {IdentityRefused} for one that is not to be believed, or that names nobody.
   * @throws {ProviderUnavailable} {DatabaseUnavailable}: nothing was taken, and it may come again.
   */
  async byEvent(provider: IdentityProvider, token: string, address: string, place: LogoutPlace): Promise<number> {
    const verify = () => provider.client.verifySecurityEvent(token, [address]);
    const { issuer, jti, over, expiresAtMs } = await askProvider(verify, SERVICE_PATIENCE_MS);
    if (!over) return 0;
    const logout = logoutOf(provider, { issuer, ...over }, over.upToMs);
    const taken = { print: printOf('event', provider, issuer, jti), untilMs: expiresAtMs + TOLERANCE_MS };
    return (await this.once(provider, 'event', logout, taken, place)) ?? 0;
  }

  /**
   * Front-channel (OpenID Connect Front-Channel Logout 1.0). Nobody signs it: all it can do is end one session whose name is known.
   *
   * @throws {DatabaseUnavailable}
   */
  async bySession(
    provider: IdentityProvider,
    named: { readonly issuer: string; readonly providerSessionId: string },
    place: LogoutPlace,
  ): Promise<number> {
    if (!provider.client.acceptsIssuer(named.issuer)) return 0;
    const print = providerSessionPrint(provider.name, named.issuer, named.providerSessionId);
    const sessions = await this.identities.endAtProvider(
      { providerSessionPrint: print },
      this.clock.nowMs(),
      undefined,
    );
    if (!sessions || sessions.length === 0) return 0;
    const details = { provider: provider.name, channel: 'front', sessions: sessions.length };
    this.audit.record({ kind: 'provider.logout', ...place, details });
    await this.end(sessions, place);
    return sessions.length;
  }

  /** Ends what is marked and was not ended, for want of a database or because an instance died. Bears repetition. */
  async settle(): Promise<void> {
    const waiting = await this.identities.unsettled(PAGE);
    if (waiting.length > 0) await this.end(waiting, {});
  }

  /** @returns `undefined` for what was taken before. */
  private async once(
    provider: IdentityProvider,
    channel: 'back' | 'event',
    logout: ProviderLogout,
    taken: { readonly print: string; readonly untilMs: number },
    place: LogoutPlace,
  ): Promise<number | undefined> {
    const sessions = await this.identities.endAtProvider(logout, this.clock.nowMs(), taken);
    if (!sessions) return undefined;
    const details = { provider: provider.name, channel, sessions: sessions.length };
    this.audit.record({ kind: 'provider.logout', ...place, details });
    await this.end(sessions, place);
    return sessions.length;
  }

  private async end(sessions: readonly FederatedSession[], place: Partial<LogoutPlace>): Promise<void> {
    for (const userId of new Set(sessions.map((session) => session.userId))) {
      const sessionIds = sessions.filter((session) => session.userId === userId).map(({ sessionId }) => sessionId);
      await this.revokeSessions.run({ userId, sessionIds, reason: 'idp_logout' });
      for (const sessionId of sessionIds) {
        this.audit.record({ kind: 'session.revoked', userId, sessionId, ...place, details: { reason: 'idp_logout' } });
      }
      await this.identities.forgetSessions(sessionIds);
    }
  }
}

/** @param atMs - when it ended there: whoever came back since is not meant. Of one session there is no coming back. */
function logoutOf(
  { name }: IdentityProvider,
  {
    issuer,
    subject,
    providerSessionId: sid,
  }: { readonly issuer: string; readonly subject?: string; readonly providerSessionId?: string },
  atMs: number,
): ProviderLogout {
  return {
    ...(sid === undefined ? {} : { providerSessionPrint: providerSessionPrint(name, issuer, sid) }),
    ...(subject === undefined ? {} : { subjectPrint: subjectPrint(name, issuer, subject) }),
    // Tokens tell whole seconds: one of the same second counts as later.
    ...(sid === undefined
      ? { openedUpToMs: atMs + TOLERANCE_MS, provenBeforeMs: Math.floor(atMs / 1_000) * 1_000 }
      : {}),
  };
}

function printOf(kind: 'logout' | 'event', { name }: IdentityProvider, issuer: string, jti: string): string {
  return createHash('sha256')
    .update(JSON.stringify([kind, name, issuer, jti]))
    .digest('hex');
}

async function verified({ client }: IdentityProvider, logoutToken: string): Promise<LogoutNotice> {
  try {
    return await askProvider(() => client.verifyLogoutToken(logoutToken), SERVICE_PATIENCE_MS);
  } catch (error) {
    if (error instanceof IdentityRefused) throw new LogoutTokenInvalid({ cause: error });
    throw error;
  }
}
