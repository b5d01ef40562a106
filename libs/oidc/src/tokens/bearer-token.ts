import { OidcError } from '../client/oidc-error.js';
import { own, type JsonObject } from '../provider/strict-json.js';
import { audiences, checkHasNone, checkTimes, invalid, requiredSeconds, requiredText, text, texts } from './claims.js';
import { openSigned, type Trust } from './signed-token.js';

export interface BearerRule {
  readonly kind: 'entra' | 'oidc';
  /** What `aud` may be, besides the client id where the token says that it is an access token. */
  readonly audiences: readonly string[];
}

export interface CheckedBearer {
  readonly claims: JsonObject;
  readonly scopes: readonly string[];
  readonly clientId: string | undefined;
  readonly expiresAtMs: number;
  readonly subjectKind: 'person' | 'application';
}

/** Claims of ID tokens and of security events, which no access token has. */
const FOREIGN_CLAIMS = ['nonce', 'at_hash', 'c_hash', 's_hash', 'events', 'toe'];

/**
 * An access token of the provider that was made out to us: Entra's (v2.0), one after RFC 9068, or a plain JWT.
 *
 * The hard part is that an ID token for us is signed with the same keys and has the same `iss`, and at Entra the same `aud`. So
 * what only an ID token has is refused, and what only an access token has is asked for.
 */
export async function checkedBearer(token: string, trust: Trust, rule: BearerRule): Promise<CheckedBearer> {
  const { claims, type } = await openSigned(token, trust, {
    types: [undefined, 'jwt', 'at+jwt'],
    algorithms: 'any-accepted',
  });
  checkHasNone(claims, FOREIGN_CLAIMS, 'no access token');
  checkTimes(claims, trust.clock.nowSeconds());
  requiredText(claims, 'sub', 255);

  const isMarked = type === 'at+jwt' || rule.kind === 'entra';
  const accepted = isMarked ? [...rule.audiences, trust.clientId] : rule.audiences;
  if (!audiences(claims).some((audience) => accepted.includes(audience))) {
    throw new OidcError('refused', 'AUDIENCE_MISMATCH', 'the token was made out to another API');
  }
  return {
    claims,
    expiresAtMs: requiredSeconds(claims, 'exp') * 1000,
    ...(rule.kind === 'entra' ? entraGrant(claims) : grant(claims, type)),
  };
}

type Grant = Pick<CheckedBearer, 'scopes' | 'clientId' | 'subjectKind'>;

/** Entra: `scp` where a person stands behind it, else `roles`; `azp` always, and never in an ID token. */
function entraGrant(claims: JsonObject): Grant {
  const scopes = words(text(claims, 'scp', 4_096));
  const isApplication = own(claims, 'scp') === undefined || own(claims, 'idtyp') === 'app';
  if (isApplication && texts(own(claims, 'roles'), 'the claim roles', 500).length === 0) {
    throw invalid('the token grants nothing');
  }
  return { scopes, clientId: requiredText(claims, 'azp', 255), subjectKind: isApplication ? 'application' : 'person' };
}

function grant(claims: JsonObject, type: string | undefined): Grant {
  // Keycloak writes the class of its tokens here, and `JWT` into each header.
  const written = text(claims, 'typ', 64)?.toLowerCase() ?? 'bearer';
  const clientId = text(claims, 'client_id', 512) ?? text(claims, 'azp', 512);
  if (written !== 'bearer') throw invalid('the token is of another class');
  if (type === 'at+jwt') for (const name of ['client_id', 'jti', 'iat']) checkHas(claims, name);
  const scope = own(claims, 'scope') ?? own(claims, 'scp');
  if (scope === undefined && clientId === undefined) throw invalid('nothing says that this is an access token');
  const scopes = typeof scope === 'string' ? words(scope) : texts(scope, 'the claim scope', 500);
  const isApplication = clientId !== undefined && own(claims, 'sub') === clientId;
  return { scopes, clientId, subjectKind: isApplication ? 'application' : 'person' };
}

/** RFC 9068, section 2.2. */
function checkHas(claims: JsonObject, name: string): void {
  if (own(claims, name) === undefined) throw invalid(`the claim ${name} is missing`);
}

function words(list: string | undefined): readonly string[] {
  return [...new Set((list ?? '').split(' ').filter((word) => word !== ''))];
}
