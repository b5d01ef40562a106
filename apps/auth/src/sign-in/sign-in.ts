import { type Clock, randomHex } from '@gatehouse/kernel';
import type { NewSession, Session, SessionRights } from '@gatehouse/session-store';
import type { SignInConditions } from '../accounts/sign-in-conditions.js';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RecogniseDevice } from '../devices/recognise-device.js';
import { lifeOf } from '../own-session-policy/life-of-session.js';
import type { PasswordHasher } from '../passwords/password-hasher.port.js';
import type { GrantRights } from '../roles/grant-rights.js';
import type { AccessTokenIssuer, IssuedAccessToken } from '../tokens/access-token-issuer.js';
import type { RefreshTokens } from '../tokens/refresh-token.js';
import { canonicalEmail } from '../users/email-address.js';
import type { User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { deviceNameOf } from './device-name.js';
import type { OpenSession } from './open-session.js';
import type { SessionSettings } from './session-settings.js';
import { AccountDisabled, InvalidCredentials, SessionLimitReached } from './sign-in.errors.js';

export interface SignInCommand {
  readonly email: string;
  readonly password: string;
  readonly rememberMe: boolean;
  /** As the person calls the device; from the user agent when absent. */
  readonly deviceName?: string;
  /** One of their sessions, to end for the new one. */
  readonly sessionChoice?: string | undefined;
  /** The credential of a device that has signed in before. */
  readonly deviceToken?: string | undefined;
  readonly ipAddress: string;
  readonly userAgent: string;
  readonly requestId: string;
}

export interface SignedIn {
  readonly user: User;
  readonly sessionId: string;
  readonly accessToken: IssuedAccessToken;
  /** A credential for the client to keep; absent when the one it presented is good. */
  readonly deviceToken?: string | undefined;
  /** `undefined` when no session could be recorded: the access token is then all there is. */
  readonly recorded: { readonly session: Session; readonly refreshToken: string } | undefined;
}

/** The client all people sign in with until others are registered. */
const CLIENT_ID = 'web';
/** What a password alone amounts to (NIST SP 800-63B-4, AAL1). */
export const ASSURANCE = 'aal1';
const AUTH_METHODS = ['pwd'];
export const MAX_USER_AGENT_LENGTH = 512;

/** 64 lower-case hex digits: 256 bits from the system's generator. */
export const newSessionId = () => randomHex(32);

/** Turns an e-mail and a password into an open session. */
export class SignIn {
  constructor(
    private readonly users: UserRepository,
    private readonly hasher: PasswordHasher,
    private readonly conditions: SignInConditions,
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
   * @throws {InvalidCredentials} for an unknown e-mail and a wrong password alike.
   * @throws {AccountDisabled} {PasswordResetRequired} {EmailNotVerified} only after the right password.
   * @throws {SessionLimitReached} likewise, when there is no room and none is to be made.
   * @throws {DatabaseUnavailable} when nobody can be recognised; a missing session store only degrades the answer.
   * @throws {Overloaded} when too many passwords wait to be checked.
   */
  async run(command: SignInCommand): Promise<SignedIn> {
    const user = await this.recognise(command);
    await this.within(command, user, () => this.opening.assertRoom(user, command.sessionChoice));
    const sessionId = newSessionId();
    const refreshToken = this.refreshTokens.mint(sessionId);
    const { deviceName, deviceToken, userAgent, ipAddress, requestId } = command;
    const facts = { userId: user.id, deviceToken, deviceName, userAgent, ipAddress, requestId };
    const device = await this.devices.run(facts);
    const opening = {
      ...this.newSession(command, user, await this.grant.of(user), sessionId, refreshToken.hash),
      deviceId: device?.deviceId ?? null,
    };
    const session = await this.within(command, user, () =>
      this.opening.run({
        session: opening,
        ownLimits: user.ownSessionLimits,
        choice: command.sessionChoice,
        requestId,
        confirm: (opened) => this.confirm(opened, user),
      }),
    );
    const accessToken = await this.accessTokens.issue({ ...(session ?? opening), sessionId });
    this.audit.record({
      kind: 'signin.succeeded',
      userId: user.id,
      sessionId,
      ipAddress: command.ipAddress,
      requestId: command.requestId,
      details: { degraded: !session },
    });
    return {
      user,
      sessionId,
      accessToken,
      deviceToken: device?.deviceToken,
      recorded: session && { session, refreshToken: refreshToken.text },
    };
  }

  private async recognise({ email, password, ipAddress, requestId }: SignInCommand): Promise<User> {
    const user = await this.users.findByEmail(canonicalEmail(email));
    // The decoy makes an unknown e-mail cost the same time as a known one.
    const matches = await this.hasher.matches(password, user?.passwordHash ?? this.hasher.decoyHash);
    const refuse = (reason: string, failure: Error): never => {
      const who = user ? { userId: user.id } : {};
      this.audit.record({ kind: 'signin.failed', ...who, ipAddress, requestId, details: { reason } });
      throw failure;
    };
    if (!user) return refuse('unknown_email', new InvalidCredentials());
    if (!matches) return refuse('wrong_password', new InvalidCredentials());
    if (user.disabledAtMs !== null) return refuse('disabled', new AccountDisabled());
    const refusal = this.conditions.refusalOf(user);
    if (refusal) return refuse(refusal.reason, refusal.failure);
    const kept = await this.conditions.keep(user, { ipAddress, requestId });
    if (!kept) return refuse('being_erased', new InvalidCredentials());
    await this.strengthenHash(kept, password);
    return kept;
  }

  /** Raised hashing parameters reach a password when its owner next types it. Never a reason to refuse the sign-in. */
  private async strengthenHash(user: User, password: string): Promise<void> {
    if (!this.hasher.needsRehash(user.passwordHash)) return;
    try {
      await this.users.rehash(user.id, user.passwordHash, await this.hasher.hash(password));
    } catch {
      // Busy or away: the next sign-in tries again.
    }
  }

  /** Notes that there was no room. */
  private async within<T>(
    { ipAddress, requestId }: SignInCommand,
    { id: userId }: User,
    move: () => Promise<T>,
  ): Promise<T> {
    try {
      return await move();
    } catch (error) {
      if (error instanceof SessionLimitReached) {
        const details = { reason: 'session_limit' };
        this.audit.record({ kind: 'signin.failed', userId, ipAddress, requestId, details });
      }
      throw error;
    }
  }

  /** @throws {InvalidCredentials} when the password was changed, or the account closed, while it was being looked at. */
  private async confirm(session: Session, user: User): Promise<Session> {
    const confirmed = await this.grant.confirm(session, user);
    if (!confirmed) throw new InvalidCredentials();
    return confirmed;
  }

  private newSession(
    command: SignInCommand,
    user: User,
    rights: SessionRights,
    id: string,
    refreshTokenHash: string,
  ): NewSession {
    return {
      id,
      userId: user.id,
      email: user.email,
      ...rights,
      clientId: CLIENT_ID,
      authMethods: AUTH_METHODS,
      acr: ASSURANCE,
      authenticatedAtMs: this.clock.nowMs(),
      ipAddress: command.ipAddress,
      userAgent: command.userAgent.slice(0, MAX_USER_AGENT_LENGTH),
      deviceName: command.deviceName ?? deviceNameOf(command.userAgent),
      deviceId: null,
      actorId: null,
      rememberMe: command.rememberMe,
      ...lifeOf(this.settings, user.ownSessionLimits, command),
      refreshTokenHash,
    };
  }
}
