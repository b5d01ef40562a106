export { RedisFeedLog } from './redis-feed-log.js';
export { HomeLog } from './region/home-log.js';
export { KeyBundleCarrier } from './region/key-bundle-carrier.js';
export { RegionLog } from './region/region-log.js';
export {
  RegionRelay,
  type RegionRelaySettings,
  type RegionRelayState,
  type RegionRelayStatus,
} from './region/region-relay.js';
