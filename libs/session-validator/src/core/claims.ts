import { SESSION_ID_PATTERN, type AccessTokenClaims } from '@gatehouse/contracts';
import { refused, type Principal, type Refused, type VerifiedClaims } from './verdict.js';

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
const isUserId = (value: unknown): value is string =>
  typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) && Number.isSafeInteger(Number(value));

/** Every claim of {@link AccessTokenClaims} with its type. All are required (RFC 9068 §2.2); a row missing does not compile. */
const CLAIM_TYPES: { readonly [Claim in keyof AccessTokenClaims]: (value: unknown) => boolean } = {
  iss: isText,
  aud: (value) => isText(value) || (isTextList(value) && value.length > 0),
  sub: isUserId,
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

const REQUIRED_CLAIMS = Object.entries(CLAIM_TYPES);

/**
 * Checks a verified payload: every claim there and of its type, the issuer the exact string, this service in the
 * audience, and the times as of now (RFC 7519 §4.1, RFC 9068 §4). Names of claims are told, values are not.
 */
export function checkClaims(
  payload: Readonly<Record<string, unknown>>,
  rules: ClaimRules,
  nowMs: number,
): VerifiedAccessToken | Refused {
  for (const [claim, isSound] of REQUIRED_CLAIMS) {
    // `Object.hasOwn`: a claim must come from the token, not from a prototype somebody polluted.
    if (!Object.hasOwn(payload, claim)) return invalid(`claim "${claim}" is missing`);
    if (!isSound(payload[claim])) return invalid(`claim "${claim}" has the wrong type`);
  }
  const claims = payload as unknown as AccessTokenClaims & { readonly nbf?: unknown };
  const { clockToleranceSeconds: tolerance } = rules;
  const now = nowMs / 1000;

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
  const token = new VerifiedAccessToken(claims, (claims.exp + tolerance) * 1000);
  return nowMs < token.acceptedUntilMs ? token : expired();
}

export function expired(): Refused {
  return refused('TOKEN_EXPIRED', 'The access token has expired.');
}

function invalid(what: string): Refused {
  return refused('TOKEN_INVALID', `The access token is not valid: ${what}.`);
}

/** Claims and principal of a token whose signature and claims stood. Copied member by member: nothing else gets through. */
export class VerifiedAccessToken {
  readonly claims: VerifiedClaims;
  readonly principal: Principal;

  /** @param acceptedUntilMs - first instant at which it counts as expired, tolerance included */
  constructor(
    claims: AccessTokenClaims,
    readonly acceptedUntilMs: number,
  ) {
    this.claims = new FrozenClaims(claims);
    this.principal = Object.freeze({
      userId: this.claims.getUserId(),
      subject: this.claims.sub,
      sessionId: this.claims.sid,
      tokenId: this.claims.jti,
      clientId: this.claims.client_id,
      roles: this.claims.roles,
      scopes: Object.freeze(this.claims.scope.split(' ').filter((scope) => scope !== '')),
      generation: this.claims.gen,
      authenticatedAtMs: this.claims.auth_time * 1000,
      authMethods: this.claims.amr,
      acr: this.claims.acr,
    });
  }
}

class FrozenClaims implements VerifiedClaims {
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

  constructor(claims: AccessTokenClaims) {
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
    Object.freeze(this);
  }

  getUserId(): number {
    return Number(this.sub);
  }
}
