import { SERVICE_ACCOUNT_ID_PATTERN, SESSION_ID_PATTERN, type AccessTokenClaims } from '@gatehouse/contracts';
import type { CountedToken } from '../activity/seen-session.js';
import { refused, type Accepted, type Principal, type Refused, type VerifiedClaims } from '../verdict.js';
import type { Remembered } from './token-cache.js';

/** What the claims of a token are held against. */
export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  readonly maxTokenSeconds: number;
  readonly clockToleranceSeconds: number;
}

/** A number is an instant when it is a whole, non-negative, exactly represented count of seconds: not 1e300, not 1.5. */
const isNumericDate = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isCount = isNumericDate;
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
const isTextList = (value: unknown): value is string[] => Array.isArray(value) && value.every(isText);
const isUserId = (value: string): boolean => /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));
const isServiceAccountId = (value: string): boolean => SERVICE_ACCOUNT_ID_PATTERN.test(value);

/** Every claim of {@link AccessTokenClaims} with its type. All are required (RFC 9068 §2.2); a row missing does not compile. */
const CLAIM_TYPES: { readonly [Claim in keyof AccessTokenClaims]: (value: unknown) => boolean } = {
  iss: isText,
  aud: (value) => isText(value) || (isTextList(value) && value.length > 0),
  sub: (value) => typeof value === 'string' && (isUserId(value) || isServiceAccountId(value)),
  sid: (value) => typeof value === 'string' && SESSION_ID_PATTERN.test(value),
  jti: isText,
  iat: isNumericDate,
  exp: isNumericDate,
  auth_time: isNumericDate,
  amr: isTextList,
  acr: isText,
  roles: isTextList,
  scope: (value) => typeof value === 'string',
  gen: isCount,
  client_id: isText,
};

/** One person by their id. Others who acted before (RFC 8693 §4.1, nested) are not issued, and would be taken for nothing. */
const isActor = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  Object.hasOwn(value, 'sub') &&
  typeof (value as { sub: unknown }).sub === 'string' &&
  isUserId((value as { sub: string }).sub);

const REQUIRED_CLAIMS = Object.entries(CLAIM_TYPES);

/**
 * Checks a verified payload: every claim there and of its type, the issuer the exact string, this service in the
 * audience, and the times as of now (RFC 7519 §4.1, RFC 9068 §4). Names of claims are told, values are not.
 *
 * @param kid - name of the key that signed it, when it has one
 */
export function checkClaims(
  payload: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  nowMs: number,
  kid: string | undefined,
): VerifiedAccessToken | Refused {
  for (const [claim, isSound] of REQUIRED_CLAIMS) {
    // `Object.hasOwn`: a claim must come from the token, not from a prototype somebody polluted.
    if (!Object.hasOwn(payload, claim)) return invalid(`claim "${claim}" is missing`);
    if (!isSound(payload[claim])) return invalid(`claim "${claim}" has the wrong type`);
  }
  if (Object.hasOwn(payload, 'device_id') && !isText(payload['device_id'])) {
    return invalid('claim "device_id" has the wrong type');
  }
  if (Object.hasOwn(payload, 'act') && !isActor(payload['act'])) return invalid('claim "act" has the wrong type');
  const claims = payload as unknown as AccessTokenClaims & { readonly nbf?: unknown };
  const { clockToleranceSeconds: tolerance } = rules;
  const now = nowMs / 1000;

  if (isServiceAccountId(claims.sub) && claims.client_id !== claims.sub) {
    return invalid('claim "sub" is a service account, and "client_id" is another');
  }
  if (claims.iss !== rules.issuer) return invalid('claim "iss" names another issuer');
  const audiences = typeof claims.aud === 'string' ? [claims.aud] : claims.aud;
  if (!audiences.includes(rules.audience)) return invalid('claim "aud" does not name this service');
  if (claims.exp <= claims.iat) return invalid('claim "exp" is not after "iat"');
  if (claims.exp - claims.iat > rules.maxTokenSeconds) return invalid('the token lives longer than the issuer allows');
  if (claims.iat > now + tolerance) return invalid('claim "iat" lies in the future');
  if (claims.nbf !== undefined) {
    if (!isNumericDate(claims.nbf)) return invalid('claim "nbf" has the wrong type');
    if (claims.nbf > now + tolerance) return invalid('claim "nbf" lies in the future');
  }
  const token = new VerifiedAccessToken(claims, claims.exp + tolerance, kid);
  return nowMs < token.acceptedUntil * 1000 ? token : expired();
}

export function expired(): Refused {
  return refused('TOKEN_EXPIRED', 'The access token has expired.');
}

function invalid(what: string): Refused {
  return refused('TOKEN_INVALID', `The access token is not valid: ${what}.`);
}

/** A token that needs no second look except at the clock and the revocations. */
export class VerifiedAccessToken implements Remembered, CountedToken {
  cachedToken = '';
  cachedTail = 0;
  cachedCredentials = '';
  /** Handed out as it is, so that a warm token costs no allocation. */
  readonly verdict: Accepted;
  /** No person stands behind it. */
  readonly isOfService: boolean;
  /** The version of the list that was found to have nothing against it. */
  clearOf: number | undefined;
  uses = 0;
  usedAtSecond = 0;
  usedFrom: string | undefined;

  /**
   * @param acceptedUntil - first instant at which it counts as expired, tolerance included, in seconds as `exp`: the engine
   *   keeps a number of milliseconds outside the object, a fetch more for each request
   */
  constructor(
    claims: AccessTokenClaims,
    readonly acceptedUntil: number,
    readonly kid: string | undefined,
  ) {
    const own = new FrozenClaims(this, claims);
    this.isOfService = !isUserId(own.sub);
    const principal = this.isOfService ? new ServicePrincipal(this, own) : new PersonPrincipal(this, own);
    this.verdict = Object.freeze({ ok: true, claims: own, principal });
  }

  fetchAhead(): string {
    return this.verdict.principal.sessionId;
  }

  /** The token that claims or a principal came from; `undefined` for look-alikes. */
  static of(who: object): VerifiedAccessToken | undefined {
    return HandedOut.tokenOf(who);
  }
}

/**
 * Remembers, out of everybody's sight, the token it is a part of. A `WeakMap` would do as well, at several microseconds a
 * token.
 */
class HandedOut {
  readonly #token: VerifiedAccessToken;

  constructor(token: VerifiedAccessToken) {
    this.#token = token;
  }

  static tokenOf(who: object): VerifiedAccessToken | undefined {
    return #token in who ? who.#token : undefined;
  }
}

/** What tokens of persons and of services tell alike. */
abstract class TokenPrincipal extends HandedOut {
  /** Before all else: it is what routes ask for, and so lies where the processor has to fetch from anyway. */
  declare readonly userId: number;
  readonly subject: string;
  readonly sessionId: string;
  readonly tokenId: string;
  readonly clientId: string;
  declare readonly deviceId?: string;
  declare readonly actorId?: number;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  readonly generation: number;
  readonly authenticatedAtMs: number;
  readonly authMethods: readonly string[];
  readonly acr: string;

  constructor(token: VerifiedAccessToken, claims: VerifiedClaims, userId?: number) {
    super(token);
    if (userId !== undefined) this.userId = userId;
    this.subject = claims.sub;
    this.sessionId = claims.sid;
    this.tokenId = claims.jti;
    this.clientId = claims.client_id;
    if (claims.device_id !== undefined) this.deviceId = claims.device_id;
    if (claims.act !== undefined) this.actorId = Number(claims.act.sub);
    this.roles = claims.roles;
    this.scopes = Object.freeze(claims.scope.split(' ').filter((scope) => scope !== ''));
    this.generation = claims.gen;
    this.authenticatedAtMs = claims.auth_time * 1000;
    this.authMethods = claims.amr;
    this.acr = claims.acr;
  }
}

class PersonPrincipal extends TokenPrincipal implements Principal {
  constructor(token: VerifiedAccessToken, claims: VerifiedClaims) {
    super(token, claims, claims.getUserId());
    Object.freeze(this);
  }
}

class ServicePrincipal extends TokenPrincipal implements Principal {
  readonly serviceAccountId: string;

  constructor(token: VerifiedAccessToken, claims: VerifiedClaims) {
    super(token, claims);
    this.serviceAccountId = claims.sub;
    Object.freeze(this);
  }
}
/** Of the prototype, so that copying or printing the principal does not throw. */
Object.defineProperty(ServicePrincipal.prototype, 'userId', {
  get(): never {
    throw noUser();
  },
});

function noUser(): TypeError {
  return new TypeError('The token is of a service account, which has no user id.');
}

/** Copied member by member: nothing else gets through. */
class FrozenClaims extends HandedOut implements VerifiedClaims {
  readonly iss: string;
  readonly aud: string | readonly string[];
  readonly sub: string;
  readonly sid: string;
  readonly jti: string;
  readonly iat: number;
  readonly exp: number;
  readonly auth_time: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly roles: readonly string[];
  readonly scope: string;
  readonly gen: number;
  readonly client_id: string;
  /** Not there, rather than `undefined`, where the token has none. */
  declare readonly device_id?: string;
  declare readonly act?: { readonly sub: string };

  constructor(token: VerifiedAccessToken, claims: AccessTokenClaims) {
    super(token);
    this.iss = claims.iss;
    this.aud = typeof claims.aud === 'string' ? claims.aud : Object.freeze([...claims.aud]);
    this.sub = claims.sub;
    this.sid = claims.sid;
    this.jti = claims.jti;
    this.iat = claims.iat;
    this.exp = claims.exp;
    this.auth_time = claims.auth_time;
    this.amr = Object.freeze([...claims.amr]);
    this.acr = claims.acr;
    this.roles = Object.freeze([...claims.roles]);
    this.scope = claims.scope;
    this.gen = claims.gen;
    this.client_id = claims.client_id;
    if (Object.hasOwn(claims, 'device_id')) this.device_id = claims.device_id as string;
    if (Object.hasOwn(claims, 'act')) this.act = Object.freeze({ sub: (claims.act as { sub: string }).sub });
    Object.freeze(this);
  }

  getUserId(): number {
    if (!isUserId(this.sub)) throw noUser();
    return Number(this.sub);
  }
}
