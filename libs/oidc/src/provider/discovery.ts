import type { Clock } from '@gatehouse/kernel';
import { OidcError } from '../client/oidc-error.js';
import type { Warn } from '../client/oidc-warning.js';
import type { IssuerRule } from './issuer-rule.js';
import { readMetadata, type ProviderMetadata } from './metadata.js';
import type { Outbound } from './outbound.js';
import { Refreshed } from './refreshed.js';

/** Metadata of real providers has 1 to 10 KiB. */
const MAX_BYTES = 65_536;

export interface DiscoveryNeeds {
  readonly rule: IssuerRule;
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly allowInsecure: boolean;
  readonly timeoutMs: number;
  readonly warn: Warn;
}

/**
 * The provider's metadata, asked for when first needed and again every hour. While the provider does not answer, what it
 * said in the last day still counts.
 */
export class Discovery {
  private readonly metadata: Refreshed<ProviderMetadata>;

  constructor(private readonly needs: DiscoveryNeeds) {
    this.metadata = new Refreshed({
      load: () => this.load(),
      clock: needs.clock,
      freshMs: 3_600_000,
      keepMs: 86_400_000,
      cooldownMs: 60_000,
      retryMs: 5_000,
      onKept: () =>
        needs.warn('METADATA_NOT_RENEWED', 'the metadata could not be renewed; the former one is still used'),
    });
  }

  /** @throws {OidcError} */
  current(): Promise<ProviderMetadata> {
    return this.metadata.get();
  }

  private async load(): Promise<ProviderMetadata> {
    const { rule, outbound, allowInsecure, timeoutMs } = this.needs;
    const { status, json } = await outbound.ask({
      what: 'metadata',
      url: rule.discoveryUrl,
      maxBytes: MAX_BYTES,
      timeoutMs,
      refusedAs: 'DISCOVERY_FAILED',
    });
    if (status !== 200 || !json) {
      throw new OidcError('refused', 'DISCOVERY_FAILED', `the provider answered ${status} when asked for metadata`);
    }
    return readMetadata(json, rule, allowInsecure);
  }
}
