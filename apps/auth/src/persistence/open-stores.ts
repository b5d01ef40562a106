import { type AuthSettings, databaseOf, redisOf } from '../config/auth.config.js';
import { announced } from '../session-events/announced-sessions.js';
import { embeddedStores } from './embedded-stores.js';
import { sharedStores } from './shared-stores.js';
import type { StoreNeeds, Stores } from './stores.js';

/** The one switch: Redis and MySQL, or one process that keeps everything to itself. Either announces what it does to sessions. */
export async function openStores(settings: AuthSettings, needs: StoreNeeds): Promise<Stores> {
  const redis = redisOf(settings).settings;
  const database = databaseOf(settings).settings;
  const stores = await (redis && database
    ? sharedStores(redis, database, needs)
    : embeddedStores(settings.DATA_DIR, database, needs));
  return { ...stores, sessions: announced(stores.sessions, stores.sessionEvents, needs.clock) };
}
