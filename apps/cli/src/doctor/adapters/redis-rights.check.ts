import { FEED_NOTICE_CHANNEL, FEED_STREAM_KEY, KEY_BUNDLE_CHANNEL, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import { connectRedisSubscriber, type RedisSettings, type RedisConnection } from '@gatehouse/redis';
import { isUp } from '../../environment/wait-until-up.js';
import { found, type Finding } from '../finding.js';
import { isDenied } from './redis-under-test.js';

const UP_WITHIN_MS = 800;

/** Does the user have the rights a service needs, and with `isAuth` those of the auth service? Found out by using them. */
export async function checkRights(
  settings: RedisSettings,
  redis: RedisConnection,
  isAuth: boolean,
): Promise<(Finding | undefined)[]> {
  const ear = connectRedisSubscriber(settings, { name: 'gatehouse-doctor-rights' });
  try {
    await isUp(ear, UP_WITHIN_MS);
    const probes: [right: string, use: () => Promise<unknown>][] = [
      [`+xrange ~${FEED_STREAM_KEY}`, () => redis.xrange(FEED_STREAM_KEY, '-', '+', 'COUNT', 1)],
      [`+get ~${KEY_BUNDLE_KEY}`, () => redis.get(KEY_BUNDLE_KEY)],
      [`+subscribe &${FEED_NOTICE_CHANNEL}`, () => ear.subscribe(FEED_NOTICE_CHANNEL)],
      [`+subscribe &${KEY_BUNDLE_CHANNEL}`, () => ear.subscribe(KEY_BUNDLE_CHANNEL)],
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

/** Scripts that write nothing: what they call is checked against the rights all the same. */
function rightsOfAuth(redis: RedisConnection): [string, () => Promise<unknown>][] {
  const never = (call: string) => `if false then ${call} end return redis.call('XLEN', KEYS[1])`;
  return [
    [
      `+eval ~${FEED_STREAM_KEY}`,
      () => redis.eval(never(`redis.call('XADD', KEYS[1], '*', 'v', '1')`), 1, FEED_STREAM_KEY),
    ],
    ['+set on keys of sessions', () => redis.set('health:probe:doctor', '1', 'PX', 1_000)],
  ];
}
