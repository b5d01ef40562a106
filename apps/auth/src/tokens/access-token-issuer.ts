import type { AccessTokenClaims } from '@gatehouse/contracts';
import { type Clock, randomHex, randomUuid } from '@gatehouse/kernel';
import type { TokenSigner } from './token-signer.port.js';

/** For whom and under which sign-in a token is issued. */
export interface TokenSubject {
  readonly userId: number;
  readonly sessionId: string;
  readonly roles: readonly string[];
  readonly scope: string;
  /** The user's token generation; becomes `gen`. */
  readonly generation: number;
  readonly clientId: string;
  readonly authMethods: readonly string[];
  readonly acr: string;
  readonly authenticatedAtMs: number;
  /** The device it is issued to, where account of devices is kept; becomes `device_id`. */
  readonly deviceId?: string | null;
  /** The administrator who acts in the person's place; becomes `act`. */
  readonly actorId?: number | null;
  /** When the session ends whatever happens, in ms. A token ends with it at the latest. */
  readonly absoluteExpiresAtMs?: number;
}

/** A service that gets a token in its own name. */
export interface ServiceSubject {
  /** Its client id; becomes `sub` and `client_id` (RFC 9068 §2.2). */
  readonly clientId: string;
  readonly roles: readonly string[];
  readonly scope: string;
  readonly audience: string;
  /** At most that of all access tokens. */
  readonly lifetimeSeconds: number;
  /** Earliest `iat`, in seconds: older tokens of the client have been ended. */
  readonly notBefore: number;
}

export interface IssuedAccessToken {
  readonly token: string;
  readonly expiresInSeconds: number;
  readonly expiresAtMs: number;
  /** Its `jti`. */
  readonly tokenId: string;
}

export interface AccessTokenSettings {
  /** `iss`: validators compare it as an exact string. */
  readonly issuer: string;
  readonly audience: string;
  readonly lifetimeSeconds: number;
}

/** For whom a token was issued, for figures. */
export type IssuedTokenKind = 'person' | 'impersonation' | 'service';

/** Issues access tokens (RFC 9068 §2). They carry no personal data: every service reads them and some log them. */
export class AccessTokenIssuer {
  constructor(
    private readonly signer: TokenSigner,
    private readonly settings: AccessTokenSettings,
    private readonly clock: Clock,
    private readonly count: (kind: IssuedTokenKind) => void = () => undefined,
  ) {}

  async issue(subject: TokenSubject): Promise<IssuedAccessToken> {
    const iat = this.clock.nowSeconds();
    const sessionEnd = Math.floor((subject.absoluteExpiresAtMs ?? Infinity) / 1000);
    // At least a second, so that a session caught in its last instant does not get a token that was never valid.
    const exp = Math.max(iat + 1, Math.min(iat + this.settings.lifetimeSeconds, sessionEnd));
    const claims: AccessTokenClaims = {
      iss: this.settings.issuer,
      aud: this.settings.audience,
      sub: String(subject.userId),
      sid: subject.sessionId,
      jti: randomUuid(),
      iat,
      exp,
      auth_time: Math.floor(subject.authenticatedAtMs / 1000),
      amr: subject.authMethods,
      acr: subject.acr,
      roles: subject.roles,
      scope: subject.scope,
      gen: subject.generation,
      client_id: subject.clientId,
      ...(subject.deviceId ? { device_id: subject.deviceId } : {}),
      ...(subject.actorId ? { act: { sub: String(subject.actorId) } } : {}),
    };
    return this.sign(claims, subject.actorId ? 'impersonation' : 'person');
  }

  /**
   * A token without a person. Its `sid` is its own and names no session; like that of any other, it can be revoked by it.
   */
  async issueToService(service: ServiceSubject): Promise<IssuedAccessToken> {
    const iat = Math.max(this.clock.nowSeconds(), service.notBefore);
    const claims: AccessTokenClaims = {
      iss: this.settings.issuer,
      aud: service.audience,
      sub: service.clientId,
      sid: randomHex(32),
      jti: randomUuid(),
      iat,
      exp: iat + Math.min(service.lifetimeSeconds, this.settings.lifetimeSeconds),
      auth_time: iat,
      amr: [],
      acr: 'service',
      roles: service.roles,
      scope: service.scope,
      gen: 0,
      client_id: service.clientId,
    };
    return this.sign(claims, 'service');
  }

  private async sign(claims: AccessTokenClaims, kind: IssuedTokenKind): Promise<IssuedAccessToken> {
    const { iat, exp, jti } = claims;
    const token = await this.signer.sign(claims);
    this.count(kind);
    return { token, expiresInSeconds: exp - iat, expiresAtMs: exp * 1000, tokenId: jti };
  }
}
