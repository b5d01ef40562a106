import { providerSettings, type ProviderSettings } from '../provider/provider-settings.js';
import type { Script } from './provider-options.js';

/** Settings of a relying party that fit the scripted provider, each default in its place. */
export function settingsFor(
  script: Script,
  origin: string,
  changes: Readonly<Record<string, unknown>>,
): ProviderSettings {
  const shape =
    script.kind === 'entra'
      ? { type: 'entra', tenant: script.tenantId, authority: origin, graphUrl: `${origin}/graph` }
      : { type: 'oidc', issuer: origin };
  return providerSettings.parse({
    ...shape,
    clientId: script.clientId,
    credential: { type: 'secret', secret: script.clientSecret },
    allowInsecure: true,
    ...changes,
  });
}
