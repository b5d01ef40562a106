import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { ExternalIdentity } from '@gatehouse/oidc';
import type { NewSession, Session } from '@gatehouse/session-store';
import type { SignInConditions } from '../../accounts/sign-in-conditions.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { RecogniseDevice } from '../../devices/recognise-device.js';
import { lifeOf } from '../../own-session-policy/life-of-session.js';
import type { GrantRights } from '../../roles/grant-rights.js';
import { deviceNameOf } from '../../sign-in/device-name.js';
import type { OpenSession } from '../../sign-in/open-session.js';
import type { SessionSettings } from '../../sign-in/session-settings.js';
import { AccountDisabled, InvalidCredentials, SessionLimitReached } from '../../sign-in/sign-in.errors.js';
import { ASSURANCE, MAX_USER_AGENT_LENGTH, newSessionId, type SignedIn } from '../../sign-in/sign-in.js';
import type { AccessTokenIssuer } from '../../tokens/access-token-issuer.js';
import type { RefreshTokens } from '../../tokens/refresh-token.js';
import type { User } from '../../users/user.js';
import { IdentityRefused, LinkRequired, SignUpClosed } from '../federation.errors.js';
import type { FederatedSession } from '../identities/identity.js';
import type { IdentityStore } from '../identities/identity-store.port.js';
import { providerSessionPrint, subjectPrint } from '../identities/prints.js';
import type { IdentityProvider } from '../providers/identity-provider.js';
import type { ApplyProviderRoles } from './apply-provider-roles.js';
import type { SignInPlace } from './place.js';
import { labelOf, type SettleAccount, type SettledAccount } from './settle-account.js';

export interface FederatedSignInCommand extends SignInPlace {
  readonly provider: IdentityProvider;
  /** Verified, and not taken before. */
  readonly identity: ExternalIdentity;
  /** The application the session is for, in our words. */
  readonly clientId: string;
  readonly deviceToken?: string | undefined;
  readonly deviceName?: string | undefined;
  readonly sessionChoice?: string | undefined;
}

/** A session with its refresh token: it never goes without. */
export type FederatedSignedIn = SignedIn & { readonly recorded: NonNullable<SignedIn['recorded']> };

/** As tokens carry them. What is none stays out, and so does what a service's own token has. */
const METHOD = /^[\w.:/-]{1,32}$/;
const ACR = /^(?!service$)[\w.:/-]{1,100}$/;
const MAX_METHODS = 8;

/**
 * Turns somebody a provider vouches for into an open session like any other: in the list of sessions, within their limit, and ended by the
 * same moves; besides, by a logout at the provider.
 */
export class FederatedSignIn {
  constructor(
    private readonly accounts: Pick<SettleAccount, 'run'>,
    private readonly roles: Pick<ApplyProviderRoles, 'run'>,
    private readonly identities: Pick<
      IdentityStore,
      'findByKey' | 'noteUse' | 'noteSession' | 'isStanding' | 'forgetSessions'
    >,
    private readonly conditions: Pick<SignInConditions, 'keep'>,
    private readonly grant: Pick<GrantRights, 'of' | 'confirm'>,
    private readonly opening: Pick<OpenSession, 'assertRoom' | 'run'>,
    private readonly devices: Pick<RecogniseDevice, 'run'>,
    private readonly accessTokens: AccessTokenIssuer,
    private readonly refreshTokens: RefreshTokens,
    private readonly audit: AuditLog,
    private readonly settings: SessionSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {SignUpClosed} {LinkRequired} {AccountDisabled} {SessionLimitReached} when the person may not, whoever they are there.
   * @throws {IdentityRefused} when the provider's session has been ended meanwhile, or the identity taken off the account.
   * @throws {SessionStoreUnavailable} where a session cannot be recorded: nothing could then end it from there.
   * @throws {DatabaseUnavailable}
   */
  async run(command: FederatedSignInCommand): Promise<FederatedSignedIn> {
    try {
      return await this.signIn(command);
    } catch (error) {
      const reason = reasonOf(error);
      if (reason !== undefined) {
        const { provider, ipAddress, requestId } = command;
        this.audit.record({
          kind: 'signin.failed',
          ipAddress,
          requestId,
          details: { reason, provider: provider.name },
        });
      }
      throw error;
    }
  }

  private async signIn(command: FederatedSignInCommand): Promise<FederatedSignedIn> {
    const { provider, identity, sessionChoice: choice, requestId } = command;
    const settled = await this.accounts.run(provider, identity, command);
    const user = await this.admitted(settled, command);
    await this.opening.assertRoom(user, choice);
    const sessionId = newSessionId();
    const refreshToken = this.refreshTokens.mint(sessionId);
    const device = await this.devices.run({
      userId: user.id,
      deviceToken: command.deviceToken,
      deviceName: command.deviceName,
      userAgent: command.userAgent,
      ipAddress: command.ipAddress,
      requestId,
    });
    const opening: NewSession = {
      ...this.newSession(command, user, sessionId, refreshToken.hash),
      ...(await this.grant.of(user)),
      deviceId: device?.deviceId ?? null,
    };
    const origin = this.originOf(opening, settled.linked.id, command);
    await this.identities.noteSession(origin);
    await this.identities.noteUse(settled.linked.id, { label: labelOf(identity), atMs: this.clock.nowMs() });
    const session = await this.open(opening, user, origin, command);
    const accessToken = await this.accessTokens.issue({ ...session, sessionId });
    const { ipAddress } = command;
    const details = { provider: provider.name, degraded: false };
    this.audit.record({ kind: 'signin.succeeded', userId: user.id, sessionId, ipAddress, requestId, details });
    const recorded = { session, refreshToken: refreshToken.text };
    return { user, sessionId, accessToken, deviceToken: device?.deviceToken, recorded };
  }

  /** The user as they may sign in, with the roles of now. */
  private async admitted(settled: SettledAccount, command: FederatedSignInCommand): Promise<User> {
    const { user, linked, isNew } = settled;
    if (user.disabledAtMs !== null) throw new AccountDisabled();
    // A demanded new password and an unproven address concern another way in.
    const kept = await this.conditions.keep(user, command);
    if (!kept) throw new AccountDisabled();
    return isNew ? kept : this.roles.run(kept, linked, command, command);
  }

  private async open(
    session: NewSession,
    { ownSessionLimits: ownLimits }: User,
    origin: FederatedSession,
    { identity, sessionChoice: choice, requestId }: FederatedSignInCommand,
  ): Promise<Session> {
    const { id, userId } = session;
    try {
      const confirm = (opened: Session) => this.confirm(opened, origin, identity);
      const opened = await this.opening.run({ session, ownLimits, choice, requestId, confirm });
      if (!opened) throw new SessionStoreUnavailable(`the session of user ${userId} could not be recorded`);
      return opened;
    } catch (error) {
      await this.identities.forgetSessions([id]).catch(() => undefined);
      throw error;
    }
  }

  private async confirm(
    opened: Session,
    origin: FederatedSession,
    { key, issuedAtMs = 0 }: ExternalIdentity,
  ): Promise<Session> {
    const confirmed = await this.grant.confirm(opened);
    if (!confirmed) throw new InvalidCredentials();
    // A logout at the provider that came between found no session to end.
    if (!(await this.identities.isStanding(origin, issuedAtMs))) throw new IdentityRefused('PROVIDER_SESSION_ENDED');
    // Nor did whoever took the identity off the account.
    if ((await this.identities.findByKey(key))?.id !== origin.identityId) throw new IdentityRefused('UNLINKED');
    return confirmed;
  }

  private originOf({ id, userId }: NewSession, identityId: string, command: FederatedSignInCommand): FederatedSession {
    const { provider, identity } = command;
    const { issuer, subject, providerSessionId: sid } = identity;
    const { absoluteTtlMs, rememberMeTtlMs } = this.settings;
    const openedAtMs = this.clock.nowMs();
    return {
      sessionId: id,
      userId,
      identityId,
      provider: provider.name,
      providerSessionPrint: sid === undefined ? null : providerSessionPrint(provider.name, issuer, sid),
      subjectPrint: subjectPrint(provider.name, issuer, subject),
      openedAtMs,
      // As long as any session may be made to last by its owner.
      expiresAtMs: openedAtMs + Math.max(absoluteTtlMs, rememberMeTtlMs),
    };
  }

  private newSession(
    { identity, clientId, ...command }: FederatedSignInCommand,
    user: User,
    id: string,
    refreshTokenHash: string,
  ): Omit<NewSession, 'roles' | 'scope' | 'generation' | 'deviceId'> {
    const nowMs = this.clock.nowMs();
    const methods = identity.amr.filter((method) => METHOD.test(method)).slice(0, MAX_METHODS);
    return {
      id,
      userId: user.id,
      email: user.email,
      clientId,
      authMethods: methods.length > 0 ? methods : ['fed'],
      acr: identity.acr !== undefined && ACR.test(identity.acr) ? identity.acr : ASSURANCE,
      // Not when they came back: with a session at the provider nobody may have been asked for anything.
      authenticatedAtMs: Math.min(identity.authTimeMs ?? nowMs, nowMs),
      ipAddress: command.ipAddress,
      userAgent: command.userAgent.slice(0, MAX_USER_AGENT_LENGTH),
      deviceName: command.deviceName ?? deviceNameOf(command.userAgent),
      actorId: null,
      rememberMe: false,
      ...lifeOf(this.settings, user.ownSessionLimits, { rememberMe: false }),
      refreshTokenHash,
    };
  }
}

/** For the audit log; `undefined` for what is no refusal. */
function reasonOf(error: unknown): string | undefined {
  if (error instanceof SignUpClosed) return 'sign_up_closed';
  if (error instanceof LinkRequired) return 'link_required';
  if (error instanceof AccountDisabled) return 'disabled';
  if (error instanceof SessionLimitReached) return 'session_limit';
  if (error instanceof InvalidCredentials) return 'changed_meanwhile';
  return error instanceof IdentityRefused ? error.details.reason.toLowerCase() : undefined;
}
