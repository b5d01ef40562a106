/** The options cannot be used. One sentence each, which says what to write instead; no values. */
export class StrategyMisconfigured extends Error {
  override readonly name = 'StrategyMisconfigured';

  constructor(readonly faults: readonly string[]) {
    super(`The strategy cannot be used:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`);
  }
}

type Rule = (value: unknown) => string | undefined;

const SHARED = [
  'identityMetadata',
  'clientID',
  'issuer',
  'allowedTenants',
  'validateIssuer',
  'passReqToCallback',
  'allowInsecure',
  'client',
  'scope',
];
const KNOWN = {
  login: [
    ...SHARED,
    'redirectUrl',
    'clientSecret',
    'credential',
    'responseType',
    'responseMode',
    'cookieSecret',
    'transactions',
  ],
  bearer: [...SHARED, 'audience', 'allowMultiAudiencesInToken'],
};
/** Options of passport-azure-ad that have no effect here and need none. */
const IGNORED = ['loggingLevel', 'loggingNoPII', 'clockSkew', 'cookieSameSite', 'nonceLifetime', 'nonceMaxAmount'];

const unless =
  (allowed: unknown, sentence: string): Rule =>
  (value) =>
    value === allowed ? undefined : sentence;
const always =
  (sentence: string): Rule =>
  () =>
    sentence;

/** What passport-azure-ad took and this does not, and what to write instead. */
const RULES: Readonly<Record<string, Rule>> = {
  validateIssuer: unless(
    true,
    'validateIssuer: false lets people of every tenant in; leave it out and list the tenants in allowedTenants',
  ),
  allowHttpForRedirectUrl: unless(
    false,
    'allowHttpForRedirectUrl sends codes in the clear; leave it out (http is taken for loopback by itself) and write an https redirectUrl',
  ),
  responseType: unless('code', "responseType must be 'code': the others hand tokens to the browser; leave it out"),
  responseMode: unless(
    'query',
    "responseMode must be 'query': a form post from another site would need a SameSite=None cookie, and PKCE protects the code in the query; leave it out",
  ),
  isB2C: unless(
    false,
    'isB2C is not supported; give a client made by createOidcClient with type: oidc and the issuer of your policy',
  ),
  useCookieInsteadOfSession: unless(
    true,
    'useCookieInsteadOfSession: false needs express-session, which is not used here; leave it out and give cookieSecret',
  ),
  cookieEncryptionKeys: always('cookieEncryptionKeys is replaced by cookieSecret, one text of at least 32 bytes'),
  cookieDomain: always('cookieDomain would show the sign-in cookie to other hosts; leave it out'),
  thumbprint: always(
    "thumbprint is computed; write credential: { type: 'certificate', certificatePem, privateKeyPem }",
  ),
  privatePEMKey: always(
    "privatePEMKey is replaced by credential: { type: 'certificate', certificatePem, privateKeyPem }",
  ),
  policyName: always(
    'policyName belongs to B2C, which is not supported; give a client made by createOidcClient with type: oidc',
  ),
  resourceURL: always('resourceURL belongs to version 1.0; name the API in scope, such as api://<id>/.default'),
  jweKeyStore: always('jweKeyStore: encrypted tokens are not supported; have Entra send signed ones'),
  ignoreExpiration: always('ignoreExpiration would accept expired tokens; leave it out'),
  tenantIdOrName: always('tenantIdOrName is replaced by the tenant in identityMetadata, or by allowedTenants'),
  proxy: always(
    'proxy: set it for the process (NODE_USE_ENV_PROXY) or give a client made by createOidcClient with a fetch of your own',
  ),
};

/** Every name that is taken, or refused with what to write instead. */
export const OPTION_NAMES: readonly string[] = [
  ...new Set([...KNOWN.login, ...KNOWN.bearer, ...IGNORED, ...Object.keys(RULES)]),
];

export function optionFaults(options: object, kind: 'login' | 'bearer'): string[] {
  return Object.entries(options).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const rule = RULES[name];
    if (rule) return rule(value) ?? [];
    return KNOWN[kind].includes(name) || IGNORED.includes(name) ? [] : `${name} is not an option here`;
  });
}
