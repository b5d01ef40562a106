import {
  ACTIVITY_STREAM_KEY,
  FEED_NOTICE_CHANNEL,
  FEED_STREAM_KEY,
  KEY_BUNDLE_CHANNEL,
  KEY_BUNDLE_KEY,
  RECEIPT_STREAM_KEY,
} from '@gatehouse/contracts';
import { connectRedisSubscriber, type RedisSettings, type RedisConnection } from '@gatehouse/redis';
import { isUp } from '../../environment/wait-until-up.js';
import { found, type Finding } from '../finding.js';
import { isDenied } from './redis-under-test.js';

const UP_WITHIN_MS = 800;

export interface NeededRights {
  /** Those of the auth service, too. */
  readonly isAuth: boolean;
  /** Whether services report how far their list has come. */
  readonly receipts: boolean;
  /** Whether services report the requests of sessions. */
  readonly activity: boolean;
}

/**
 * Does the user have the rights it needs? Found out by using them. What would write is asked for in a form that Redis
 * refuses for what it says, after it has looked at the rights: nothing is written either way.
 */
export async function checkRights(
  settings: RedisSettings,
  redis: RedisConnection,
  { isAuth, receipts, activity }: NeededRights,
): Promise<(Finding | undefined)[]> {
  const ear = connectRedisSubscriber(settings, { name: 'gatehouse-doctor-rights' });
  try {
    await isUp(ear, UP_WITHIN_MS);
    const probes: [right: string, use: () => Promise<unknown>][] = [
      [`+xrange ~${FEED_STREAM_KEY}`, () => redis.xrange(FEED_STREAM_KEY, '-', '+', 'COUNT', 1)],
      [`+get ~${KEY_BUNDLE_KEY}`, () => redis.get(KEY_BUNDLE_KEY)],
      [`+subscribe &${FEED_NOTICE_CHANNEL}`, () => ear.subscribe(FEED_NOTICE_CHANNEL)],
      [`+subscribe &${KEY_BUNDLE_CHANNEL}`, () => ear.subscribe(KEY_BUNDLE_CHANNEL)],
      ...(receipts ? [appending(redis, RECEIPT_STREAM_KEY)] : []),
      ...(activity ? [appending(redis, ACTIVITY_STREAM_KEY)] : []),
      ...(isAuth ? rightsOfAuth(redis) : []),
    ];
    return await Promise.all(
      probes.map(async ([right, use]) => {
        try {
          await use();
          return undefined;
        } catch (error) {
          return isDenied(error) ? found('REDIS_ACL_DENIES', 'Redis', `lacks ${right}`) : undefined;
        }
      }),
    );
  } finally {
    ear.disconnect();
  }
}

type Probe = [right: string, use: () => Promise<unknown>];

function rightsOfAuth(redis: RedisConnection): Probe[] {
  return [
    appending(redis, FEED_STREAM_KEY),
    ['+set on keys of sessions', () => redis.call('SET', 'session:doctor', '1', 'NO-SUCH-OPTION')],
    [`+eval ~${FEED_STREAM_KEY}`, () => redis.eval('no such script', 1, FEED_STREAM_KEY)],
  ];
}

function appending(redis: RedisConnection, key: string): Probe {
  return [`+xadd ~${key}`, () => redis.call('XADD', key, 'no-such-id', 'v', '1')];
}
