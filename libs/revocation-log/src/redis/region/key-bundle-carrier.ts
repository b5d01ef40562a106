import type { HomeLog } from './home-log.js';
import type { RegionLog } from './region-log.js';

/**
 * Carries the key bundle. It is signed by the root key, so whoever carries it can withhold it and no more; which of two is newer is
 * for validators to say, who have verified them. What home has now is what is put here, also when it has gone back to an older one.
 */
export class KeyBundleCarrier {
  private carried = 0;

  constructor(
    private readonly home: Pick<HomeLog, 'keyBundle'>,
    private readonly here: Pick<RegionLog, 'offerKeyBundle'>,
  ) {}

  /** Bundles put here since the start. */
  get count(): number {
    return this.carried;
  }

  /** Looks once. @returns false when one of the two sides is away. */
  async runOnce(): Promise<boolean> {
    try {
      const bundle = await this.home.keyBundle();
      // A home that has lost its bundle says nothing about keys.
      if (bundle !== undefined && (await this.here.offerKeyBundle(bundle, versionOf(bundle)))) this.carried += 1;
      return true;
    } catch {
      // The relay of the feed tells which of the two it is.
      return false;
    }
  }
}

/** Unverified; only what is announced beside it, which nobody believes. */
function versionOf(bundle: string): string {
  try {
    const payload = Buffer.from(bundle.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { ver } = JSON.parse(payload) as { ver?: unknown };
    return Number.isSafeInteger(ver) ? String(ver) : '0';
  } catch {
    return '0';
  }
}
