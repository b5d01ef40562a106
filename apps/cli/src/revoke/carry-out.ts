import { DatabaseUnavailable } from '@gatehouse/failures';
import { SystemClock } from '@gatehouse/kernel';
import { RevocationWriter } from '@gatehouse/revocation-log';
import { makeFollower, READY_WITHIN_MS } from '../environment/follow-feed.js';
import { databaseOf, LONGEST_ACCESS_TOKEN_SECONDS, redisOf, type Settings } from '../environment/settings.js';
import type { World } from '../environment/world.js';
import { Trouble } from '../terminal/exit-code.js';
import { WitnessedLog } from './absent-stores.js';
import { openStores, type RevocationStores } from './adapters/open-stores.js';
import { AppliedWatch } from './await-applied.js';
import { endSessions } from './end-sessions.js';
import { keepMs, longestTokenSeconds } from './lifetimes.js';
import type { Outcome } from './outcome.js';
import { Revoke, type RevocationReceipt, type RevokeCommand } from './revoke.js';

const APPLIED_WITHIN_MS = 2_500;

/**
 * Opens the stores, revokes, and with `wait` watches a validator of its own apply it.
 *
 * @throws {Trouble} when nothing was written
 */
export async function carryOut(
  world: World,
  settings: Settings,
  command: RevokeCommand,
  wait: boolean,
): Promise<Outcome> {
  const [redis, database] = [redisOf(settings).settings, databaseOf(settings).settings];
  if (!redis && !database) throw new Trouble('CONFIG_INVALID', 'REDIS_URL or DATABASE_URL is needed to revoke');
  const follower = wait ? makeFollower(world.env) : undefined;
  const [stores, isFollowing] = await Promise.all([
    openStores(redis, database),
    follower?.ready(READY_WITHIN_MS) ?? Promise.resolve(false),
  ]);
  try {
    if (!stores.isRedisUp && !stores.isDatabaseUp) {
      throw new Trouble('STORES_UNREACHABLE', 'neither Redis nor the database could be reached; nothing was revoked');
    }
    const watch = follower && isFollowing ? new AppliedWatch(follower) : undefined;
    watch?.begin();
    const beganAtMs = performance.now();
    const written = await write(settings, stores, command);
    const applied = await watch?.lastAppliedAtMs(written.receipt.entries, written.position, APPLIED_WITHIN_MS);
    const appliedAfterMs = wait ? (applied === undefined ? null : Math.max(0, applied - beganAtMs)) : undefined;
    return {
      ...written.receipt,
      isDurable: written.isDurable,
      position: written.position ?? null,
      isDelivered: written.isDelivered,
      ...(appliedAfterMs === undefined ? {} : { appliedAfterMs }),
    };
  } finally {
    stores.close();
    void follower?.close();
  }
}

interface Written {
  readonly receipt: RevocationReceipt;
  readonly isDurable: boolean;
  readonly isDelivered: boolean;
  readonly position: string | undefined;
}

async function write(settings: Settings, stores: RevocationStores, command: RevokeCommand): Promise<Written> {
  const { sessions } = stores;
  const log = new WitnessedLog(stores.log);
  let isDelivered = true;
  const observer = { noteUndelivered: () => void (isDelivered = false), noteUnstored: () => undefined };
  const writer = new RevocationWriter(
    stores.outbox,
    log,
    keepMs(LONGEST_ACCESS_TOKEN_SECONDS),
    observer,
    async (rows) => {
      if (sessions) await endSessions(sessions, rows);
    },
  );
  const seconds = longestTokenSeconds(settings.ACCESS_TOKEN_EXPIRY, stores.bundledTokenSeconds);
  const useCase = new Revoke(writer, stores.isRedisUp ? sessions : undefined, new SystemClock(), seconds);
  const position = () => log.appended.at(-1)?.position;
  try {
    const receipt = await useCase.run(command);
    return { receipt, isDurable: true, isDelivered, position: position() };
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) throw error;
    const entries = log.appended.flatMap(({ entry }) => (entry ? [entry] : []));
    const [first] = entries;
    if (!first)
      throw new Trouble('NOT_WRITTEN', 'neither the database nor Redis took it; nothing was revoked', { cause: error });
    const receipt = { id: first.id, entries, durableIn: 'log' as const };
    return { receipt, isDurable: false, isDelivered, position: position() };
  }
}
