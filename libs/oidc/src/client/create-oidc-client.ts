import { SystemClock, type Clock } from '@gatehouse/kernel';
import { graphUrlOf } from '../entra/clouds.js';
import { EntraIssuer } from '../entra/entra-issuer.js';
import { GroupDirectory } from '../entra/group-directory.js';
import { Discovery } from '../provider/discovery.js';
import { FixedIssuer } from '../provider/issuer-rule.js';
import { Outbound, type Fetch } from '../provider/outbound.js';
import type { ProviderSettings } from '../provider/provider-settings.js';
import { settingsFaults } from '../provider/settings-faults.js';
import { SigningKeys } from '../tokens/signing-keys.js';
import { clientAuthentication } from './client-authentication.js';
import type { OidcClient } from './oidc-client.port.js';
import type { OidcWarning, Warn } from './oidc-warning.js';
import { ProviderClient } from './provider-client.js';
import { TokenEndpoint } from './token-endpoint.js';

export interface OidcClientOptions {
  /** @default the system's */
  readonly clock?: Clock;
  /** @default the global one */
  readonly fetch?: Fetch;
  /** Told what an operator should know. @default nobody */
  readonly onWarning?: (warning: OidcWarning) => void;
}

/** Settings that are well formed and still cannot work, or would not be safe. Names options, no values. */
export class ProviderMisconfigured extends Error {
  override readonly name = 'ProviderMisconfigured';
}

/**
 * A client for one identity provider. Asks nothing before it is needed: a provider that is down keeps nobody from starting.
 *
 * @param name of the provider in the configuration; in every identity, and in front of every message of a warning.
 * @throws {ProviderMisconfigured}
 */
export function createOidcClient(
  name: string,
  settings: ProviderSettings,
  options: OidcClientOptions = {},
): OidcClient {
  const faults = settingsFaults(settings);
  if (faults.length > 0) {
    throw new ProviderMisconfigured(
      faults.map(({ path, message }) => `${name}.${path.join('.')}: ${message}`).join('; '),
    );
  }
  const { clock = new SystemClock(), fetch = globalThis.fetch, onWarning } = options;
  const { clientId, allowInsecure, timeoutMs } = settings;
  const warn: Warn = (code, message) => onWarning?.({ provider: name, code, message });
  const outbound = new Outbound(fetch, allowInsecure);
  const rule = settings.type === 'entra' ? new EntraIssuer(settings) : new FixedIssuer(settings.issuer);
  const ways = { outbound, clock, timeoutMs, warn };
  const discovery = new Discovery({ ...ways, rule, allowInsecure });
  const keys = new SigningKeys({ ...ways, discovery });
  const authentication = clientAuthentication(settings, clock, warn);
  return new ProviderClient(name, {
    settings,
    trust: { clientId, rule, discovery, keys, clock },
    tokenEndpoint: new TokenEndpoint({ ...ways, clientId, authentication, allowInsecure }),
    groupDirectory:
      settings.type === 'entra' && settings.groups.onOverage === 'graph'
        ? new GroupDirectory({ ...ways, graphUrl: graphUrlOf(settings) })
        : undefined,
    warn,
  });
}
