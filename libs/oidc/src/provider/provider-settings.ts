import { z } from 'zod';
import { settingsFaults } from './settings-faults.js';

/** How we prove to the provider who we are. In the order of preference: federated, certificate, key, secret. */
export const clientCredential = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('secret'), secret: z.string().min(16) }),
  /** `private_key_jwt` with the certificate's thumbprint (`x5t#S256` and Entra's `x5t`). */
  z.strictObject({ type: z.literal('certificate'), certificatePem: z.string(), privateKeyPem: z.string() }),
  z.strictObject({ type: z.literal('private_key'), privateKeyPem: z.string(), keyId: z.string().optional() }),
  /** Workload identity: the file is read anew for each call. */
  z.strictObject({ type: z.literal('federated'), tokenFile: z.string() }),
  z.strictObject({ type: z.literal('none') }),
]);

const common = {
  /** For the page people choose a provider on. */
  displayName: z.string().min(1).max(60).optional(),
  clientId: z.string().min(1),
  credential: clientCredential,
  scopes: z.array(z.string()).default(['openid', 'profile', 'email', 'offline_access']),
  /** Plain http and loopback addresses of the provider. Development only; refused in production by whoever loads this. */
  allowInsecure: z.boolean().default(false),
  /** Milliseconds for each call to the provider. */
  timeoutMs: z.number().int().min(100).max(30_000).default(8_000),
};

export const entraSettings = z.strictObject({
  type: z.literal('entra'),
  cloud: z.enum(['public', 'usgov', 'china']).default('public'),
  /** GUID, domain, `common`, `organizations` or `consumers`. */
  tenant: z.string().min(1),
  /** GUIDs. Must be given where `tenant` is `common` or `organizations`. */
  allowedTenants: z.array(z.string()).default([]),
  /** `aud` of access tokens presented to us, e.g. `api://<client id>`; besides the client id itself. */
  bearerAudiences: z.array(z.string()).default([]),
  groups: z.strictObject({ onOverage: z.enum(['graph', 'deny', 'ignore']).default('ignore') }).prefault({}),
  /** Stands in for the cloud's authority and Graph host: tests and the development provider. */
  authority: z.url().optional(),
  graphUrl: z.url().optional(),
  ...common,
});

export const oidcSettings = z.strictObject({
  type: z.literal('oidc'),
  issuer: z.url(),
  bearerAudiences: z.array(z.string()).default([]),
  /** Claim with the roles; dots lead into objects. */
  rolesClaim: z.string().default('roles'),
  groupsClaim: z.string().default('groups'),
  ...common,
});

/** One identity provider in a configuration file. Also refuses what is well formed and could not work or be safe. */
export const providerSettings = z
  .discriminatedUnion('type', [entraSettings, oidcSettings])
  .superRefine((settings, context) => {
    for (const { path, message } of settingsFaults(settings))
      context.addIssue({ code: 'custom', path: [...path], message });
  });
export type ProviderSettings = z.infer<typeof providerSettings>;
export type EntraSettings = z.infer<typeof entraSettings>;
export type OidcSettings = z.infer<typeof oidcSettings>;
export type ClientCredential = z.infer<typeof clientCredential>;
