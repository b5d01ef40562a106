import { decodeJwt, type JWTPayload } from 'jose';
import type { SignedIn } from '../client/oidc-client.port.js';
import type { ExternalIdentity } from '../identity/external-identity.js';

export type Done = (error: unknown, user?: unknown, info?: unknown) => void;
/** Its number of parameters decides what it is given, as in passport-azure-ad; see {@link loginArguments}. */
export type Verify = (...parameters: never[]) => unknown;

/** The profile as passport-azure-ad gives it, and the identity beside it. */
export interface AzureAdProfile {
  readonly sub: string;
  readonly oid?: string;
  readonly upn?: string;
  readonly displayName?: string;
  readonly name: { readonly familyName?: string; readonly givenName?: string; readonly middleName?: string };
  readonly emails?: readonly string[];
  readonly _raw: string;
  /** Claims of the verified ID token. */
  readonly _json: JWTPayload;
  /** What accounts are linked by (`key`), app roles, groups. */
  readonly identity: ExternalIdentity;
}

export function profileOf({ identity, tokens }: SignedIn): AzureAdProfile {
  const claims = decodeJwt(tokens.idToken);
  const text = (name: string) => (typeof claims[name] === 'string' ? claims[name] : undefined);
  return {
    sub: identity.subject,
    oid: identity.objectId,
    upn: text('upn'),
    displayName: identity.displayName,
    name: { familyName: text('family_name'), givenName: text('given_name'), middleName: text('middle_name') },
    emails: identity.email === undefined ? undefined : [identity.email],
    _raw: JSON.stringify(claims),
    _json: claims,
    identity,
  };
}

/**
 * What the verify callback is given before `done`, by its number of parameters (the request not counted): 8 `iss sub profile
 * claims accessToken refreshToken params`, 7 the same without claims, 6 also without params, 4 `iss sub profile`, 3 `iss sub`, any
 * other number the profile alone. Nest's `PassportStrategy` counts as other, unless it is given an arity.
 */
export function loginArguments(signedIn: SignedIn, parameters: number): readonly unknown[] {
  const { identity, tokens } = signedIn;
  const profile = profileOf(signedIn);
  const params = { scope: tokens.scope, id_token: tokens.idToken };
  const { issuer, subject } = identity;
  switch (parameters) {
    case 8:
      return [issuer, subject, profile, profile._json, tokens.accessToken, tokens.refreshToken, params];
    case 7:
      return [issuer, subject, profile, tokens.accessToken, tokens.refreshToken, params];
    case 6:
      return [issuer, subject, profile, tokens.accessToken, tokens.refreshToken];
    case 4:
      return [issuer, subject, profile];
    case 3:
      return [issuer, subject];
    default:
      return [profile];
  }
}
