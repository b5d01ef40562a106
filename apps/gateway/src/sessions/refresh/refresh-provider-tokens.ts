import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import { type ExternalIdentity, OidcError, type OidcClient, type ProviderTokens } from '@gatehouse/oidc';
import type { AuthService } from '../../auth-service/auth-service.port.js';
import type { GatewaySession } from '../gateway-session.js';
import { SEAL_BROKEN, SealBroken } from '../sealing/sealing-keys.js';
import type { SessionStore } from '../session-store.port.js';
import { Lease } from './lease.js';
import { Pauses } from './pauses.js';
import type { RefreshOutcome } from './refresh-outcome.js';
import type { SessionVault } from './session-vault.js';

/** Longer than a call to a provider may take, since it is renewed meanwhile; a provider knows no grace for spent tokens. */
const LEASE_MS = 10_000;

export interface ProviderRefreshParts {
  readonly store: SessionStore;
  readonly vault: SessionVault;
  readonly providers: (name: string) => OidcClient | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends a session here and at the auth service: the provider says that it is over. */
  readonly end: (session: GatewaySession, reason: string) => Promise<unknown>;
  /** Lets what the provider now says of the person's roles count everywhere. */
  readonly takeOverRoles: AuthService['takeOverRoles'];
  readonly count: (result: 'refreshed' | 'taken-over' | 'ended' | 'unavailable') => void;
}

/**
 * Renews the provider's tokens of a session, once for all instances. It is also how the gateway hears that the provider has
 * disabled somebody who does not sign in again: a refresh that is refused ends the session.
 *
 * No request waits for it but those that hand the provider's token on.
 */
export class RefreshProviderTokens {
  private readonly underWay = new Map<string, Promise<RefreshOutcome>>();
  private readonly pauses: Pauses;

  constructor(private readonly parts: ProviderRefreshParts) {
    this.pauses = new Pauses(parts.clock);
  }

  /** Renews, or joins whoever is at it. Never rejects. `undefined` where there is nothing to renew with, or it just failed. */
  begin(session: GatewaySession, secret: string): Promise<RefreshOutcome> | undefined {
    const { record, tokens } = session;
    const { sid, provider } = record;
    const joined = this.underWay.get(sid);
    if (joined) return joined;
    const client = this.parts.providers(provider);
    if (!client || tokens.provider?.refreshToken === undefined || this.pauses.isPaused(sid)) return undefined;
    const attempt = this.attempt(client, session, secret).finally(() => this.underWay.delete(sid));
    this.underWay.set(sid, attempt);
    return attempt;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.underWay.values());
  }

  private async attempt(client: OidcClient, session: GatewaySession, secret: string): Promise<RefreshOutcome> {
    const { sid } = session.record;
    const { store, logger, count } = this.parts;
    let lease: Lease | undefined;
    try {
      lease = await Lease.take(store, sid, 'provider-refresh', LEASE_MS);
      if (!lease) return { kind: 'current', session };
      const outcome = await this.renew(client, session, secret);
      this.pauses.succeeded(sid);
      return outcome;
    } catch (error) {
      if (error instanceof SealBroken) return { kind: 'ended', reason: SEAL_BROKEN };
      this.pauses.failed(sid);
      count('unavailable');
      if (!(error instanceof SessionStoreUnavailable)) {
        // The session goes on: its own tokens are the auth service's, and a provider that fails says nothing of the person.
        logger.warn("the provider's tokens of a session could not be renewed", { error, sessionId: sid });
      }
      return { kind: 'unavailable', retryAfterSeconds: 1 };
    } finally {
      void lease?.giveBack();
    }
  }

  private async renew(client: OidcClient, session: GatewaySession, secret: string): Promise<RefreshOutcome> {
    const { vault, count } = this.parts;
    const { sid } = session.record;
    const current = await vault.read(sid, secret);
    if (!current) return { kind: 'ended', reason: 'gone' };
    const spent = current.tokens.provider;
    if (!spent?.refreshToken || isAnother(spent, session.tokens.provider)) return { kind: 'current', session: current };
    const answer = await client.refresh(spent, current.tokens.identity).catch((error: unknown) => {
      if (error instanceof OidcError && endsTheSession(error)) return error;
      throw error;
    });
    if (answer instanceof OidcError) return this.refused(current, secret, answer);
    const saved = await vault.save(current, secret, (tokens) =>
      isAnother(tokens.provider, spent) ? undefined : { ...tokens, provider: answer.tokens },
    );
    if (saved.kind === 'gone') return { kind: 'ended', reason: 'gone' };
    count('refreshed');
    return { kind: 'current', session: await this.withRoles(saved.session, secret, answer.identity) };
  }

  /** The auth service is told of other roles; where it cannot be, again with the next ID token. */
  private async withRoles(
    session: GatewaySession,
    secret: string,
    identity: Pick<ExternalIdentity, 'roles'> | undefined,
  ): Promise<GatewaySession> {
    const { vault, logger, takeOverRoles } = this.parts;
    const { record, tokens } = session;
    if (!identity || !tokens.provider || isSameSet(identity.roles, tokens.identity.roles)) return session;
    try {
      await takeOverRoles({ provider: record.provider, idToken: tokens.provider.idToken });
      const { roles } = identity;
      const saved = await vault.save(session, secret, (now) => ({ ...now, identity: { ...now.identity, roles } }));
      return saved.kind === 'saved' ? saved.session : session;
    } catch (error) {
      logger.warn('the auth service could not be told of other roles', { error, sessionId: record.sid });
      return session;
    }
  }

  /** As with our own tokens: looked at once more, since a provider that rotates refuses what another instance has used. */
  private async refused(before: GatewaySession, secret: string, error: OidcError): Promise<RefreshOutcome> {
    const { logger, vault, count, end } = this.parts;
    const { sid } = before.record;
    const current = await vault.read(sid, secret);
    if (current && isAnother(current.tokens.provider, before.tokens.provider)) {
      count('taken-over');
      return { kind: 'current', session: current };
    }
    logger.info('the provider ended a session', { sessionId: sid, code: error.code });
    await end(before, `provider:${error.code}`);
    count('ended');
    return { kind: 'ended', reason: `provider:${error.code}` };
  }
}

/** The provider says no to this person, or speaks of another one. What else it answers wrongly is a fault of its own. */
function endsTheSession({ kind, code }: OidcError): boolean {
  return kind === 'denied' || code === 'SUBJECT_CHANGED' || code === 'TENANT_NOT_ALLOWED';
}

function isSameSet(one: readonly string[], other: readonly string[] | undefined): boolean {
  return one.length === other?.length && one.every((role) => other.includes(role));
}

function isAnother(one: ProviderTokens | undefined, other: ProviderTokens | undefined): boolean {
  return one?.refreshToken !== other?.refreshToken || one?.accessToken !== other?.accessToken;
}
