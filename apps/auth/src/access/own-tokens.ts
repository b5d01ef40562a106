import { ACCESS_TOKEN_TYPE, SESSION_ID_PATTERN, type PublicSigningKey } from '@gatehouse/contracts';
import { verifyCompactJws } from '@gatehouse/session-validator/jws';

/** A key this service signs with, as a JWK (RFC 7517); `oct` where tokens are signed with a shared secret. */
export type OwnKey = PublicSigningKey | { readonly kty: 'oct'; readonly alg: 'HS256'; readonly k: string };

export interface OwnToken {
  readonly userId: number;
  readonly sessionId: string;
}

/** Longer ones are refused before anything is parsed. */
const MAX_TOKEN_CHARACTERS = 8 * 1024;

/**
 * Recognises access tokens that this service once signed, expired and revoked ones included. Good for one thing: to let their
 * holder end their session. It never grants access.
 */
export class OwnTokens {
  constructor(
    private readonly keys: () => readonly OwnKey[],
    private readonly issuer: string,
  ) {}

  /** @returns `undefined` for anything that does not carry one of our signatures, and for tokens of service accounts. */
  read(token: string): OwnToken | undefined {
    const claims = this.claims(token);
    return claims && personOf(claims);
  }

  /**
   * What the token says.
   *
   * @returns `undefined` for anything that is no access token of ours.
   */
  claims(token: string): Readonly<Record<string, unknown>> | undefined {
    if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
    for (const { alg, ...jwk } of this.keys()) {
      const verdict = verifyCompactJws(token, { ...jwk, alg }, { algorithms: [alg] });
      if (!verdict.ok) continue;
      if (verdict.header['typ'] !== ACCESS_TOKEN_TYPE) return undefined;
      return this.ofOurs(JSON.parse(verdict.payload.toString('utf8')));
    }
    return undefined;
  }

  private ofOurs(claims: unknown): Readonly<Record<string, unknown>> | undefined {
    if (typeof claims !== 'object' || claims === null) return undefined;
    const said = claims as Readonly<Record<string, unknown>>;
    return said['iss'] === this.issuer ? said : undefined;
  }
}

/** Ours, so the form is known; looked at all the same, since older versions signed with these keys too. */
function personOf({ sub, sid }: Readonly<Record<string, unknown>>): OwnToken | undefined {
  const userId = typeof sub === 'string' && /^[1-9]\d{0,15}$/.test(sub) ? Number(sub) : NaN;
  const isOurs = Number.isSafeInteger(userId);
  return isOurs && typeof sid === 'string' && SESSION_ID_PATTERN.test(sid) ? { userId, sessionId: sid } : undefined;
}
