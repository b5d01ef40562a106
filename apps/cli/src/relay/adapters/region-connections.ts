import { connectRedis, connectRedisSubscriber, type RedisSettings } from '@gatehouse/redis';
import {
  HomeLog,
  KeyBundleCarrier,
  RegionLog,
  RegionRelay,
  type RegionRelayState,
} from '@gatehouse/revocation-log/redis';
import { setTimeout } from 'node:timers/promises';
import type { RelayFigures } from '../relay-figures.js';

/** A new key is published long before it signs, and a withdrawn one is told by the feed. */
const KEYS_EVERY_MS = 1_000;

export interface OpenRelay {
  figures(): RelayFigures;
  /** Carries until `stop` aborts. */
  run(stop: AbortSignal): Promise<void>;
}

/** A relay between two Redis; nothing has to be there yet. */
export function openRelay(
  home: RedisSettings,
  here: RedisSettings,
  onState: (state: RegionRelayState) => void,
): OpenRelay {
  // One that waits for news, one for keys: neither may keep the other waiting over a long line. Both without a time-out of the
  // driver, which is made for a Redis around the corner; the reader has its own.
  const [news, keys] = ['feed', 'keys'].map((what) =>
    connectRedisSubscriber(home, { name: `gatehouse-relay-${what}` }),
  ) as [ReturnType<typeof connectRedis>, ReturnType<typeof connectRedis>];
  const region = connectRedis(here, { name: 'gatehouse-relay' });
  const log = new RegionLog(region, () => performance.now());
  const relay = new RegionRelay(new HomeLog(news), log, { onState });
  const bundles = new KeyBundleCarrier(new HomeLog(keys), log);
  return {
    figures: () => ({ ...relay.status(), keyBundles: bundles.count }),
    run: async (stop) => {
      const end = () => [news, keys, region].forEach((connection) => connection.disconnect());
      stop.addEventListener('abort', end);
      if (stop.aborted) end();
      await Promise.all([relay.run(stop), carryKeys(bundles, stop)]);
    },
  };
}

async function carryKeys(bundles: KeyBundleCarrier, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    await bundles.runOnce();
    await setTimeout(KEYS_EVERY_MS, undefined, { signal: stop }).catch(() => undefined);
  }
}
