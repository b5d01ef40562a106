import { isGuid } from '../entra/tenants.js';
import type { ProviderSettings } from '../provider/provider-settings.js';
import { own, type JsonObject } from '../provider/strict-json.js';
import { invalid, requiredText, seconds, text, texts } from '../tokens/claims.js';
import { claimAt } from './claim-at.js';
import type { ExternalIdentity } from './external-identity.js';
import { personKey } from './person-key.js';

const MAX_ROLES = 500;
/** Entra puts at most 200 into a token; others have no such limit. */
const MAX_GROUPS = 2_000;

/**
 * Who the verified claims tell of. A claim of the wrong kind makes the whole token unusable: nothing is guessed.
 *
 * @throws {OidcError} `refused`
 */
export function identityOf(claims: JsonObject, provider: string, settings: ProviderSettings): ExternalIdentity {
  const issuer = requiredText(claims, 'iss', 2_048);
  const subject = requiredText(claims, 'sub', 255);
  const issuedAt = seconds(claims, 'iat');
  const authTime = seconds(claims, 'auth_time');
  return {
    provider,
    issuer,
    subject,
    ...(settings.type === 'entra' ? entraPerson(claims) : oidcPerson(claims, issuer, subject)),
    ...rights(claims, settings),
    email: emailOf(claims),
    displayName: readable(claims, 'name'),
    username: readable(claims, 'preferred_username'),
    issuedAtMs: issuedAt === undefined ? undefined : issuedAt * 1000,
    authTimeMs: authTime === undefined ? undefined : authTime * 1000,
    amr: texts(own(claims, 'amr'), 'the claim amr', 32),
    acr: text(claims, 'acr', 255),
    providerSessionId: text(claims, 'sid', 255),
  };
}

type Person = Pick<ExternalIdentity, 'tenantId' | 'objectId' | 'key' | 'emailVerified' | 'loginHint'>;

function entraPerson(claims: JsonObject): Person {
  const tenantId = own(claims, 'tid');
  const objectId = own(claims, 'oid');
  if (!isGuid(tenantId) || !isGuid(objectId)) throw invalid('the token does not name tenant and object');
  // A token of the former endpoint has other claims under the same names.
  if (own(claims, 'ver') !== '2.0') throw invalid('the token is not one of the v2.0 endpoint');
  return {
    tenantId: tenantId.toLowerCase(),
    objectId: objectId.toLowerCase(),
    key: personKey({ type: 'entra', tenantId, objectId }),
    // Whoever runs a tenant writes any address into it. This optional claim says that the domain was proven to be theirs.
    emailVerified: [true, 1, '1', 'true'].includes(own(claims, 'xms_edov') as boolean),
    loginHint: text(claims, 'login_hint', 1_024),
  };
}

function oidcPerson(claims: JsonObject, issuer: string, subject: string): Person {
  return {
    key: personKey({ type: 'oidc', issuer, subject }),
    emailVerified: own(claims, 'email_verified') === true,
  };
}

function rights(claims: JsonObject, settings: ProviderSettings): Pick<ExternalIdentity, 'roles' | 'groups'> {
  const [rolesClaim, groupsClaim] =
    settings.type === 'entra' ? ['roles', 'groups'] : [settings.rolesClaim, settings.groupsClaim];
  return {
    roles: texts(claimAt(claims, rolesClaim), 'the roles', MAX_ROLES),
    groups: leavesOutGroups(claims, groupsClaim)
      ? 'unknown'
      : texts(claimAt(claims, groupsClaim), 'the groups', MAX_GROUPS),
  };
}

/** Too many for the token: Entra names another source for them (OpenID Connect Core 1.0, section 5.6.2), or says `hasgroups`. */
function leavesOutGroups(claims: JsonObject, groupsClaim: string): boolean {
  return claimAt(claims, `_claim_names.${groupsClaim}`) !== undefined || own(claims, 'hasgroups') === true;
}

/** An address as far as one can be mailed to; anything else is none. */
function emailOf(claims: JsonObject): string | undefined {
  const email = text(claims, 'email', 2_048);
  return email !== undefined && email.length <= 254 && /^[^\s@]+@[^\s@]+$/.test(email) ? email : undefined;
}

/** For people to read: no control or formatting characters, at most 256 characters. */
function readable(claims: JsonObject, name: string): string | undefined {
  const clean = text(claims, name, 2_048)
    ?.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu, '')
    .trim();
  return clean ? Array.from(clean).slice(0, 256).join('') : undefined;
}
