import type { ActivityReporter } from './core/activity/activity.port.js';
import { ActivityLoop } from './core/activity/activity-loop.js';
import type { SessionValidatorConfig } from './core/config/config.js';
import type { Time } from './core/time.js';
import { RedisActivity } from './redis/redis-activity.js';
import type { RedisLink } from './redis/redis-link.js';
import { HttpActivity } from './sse/http-activity.js';

/** What counts requests and reports them where the feed comes from; nothing where there is nowhere to report to. */
export function activityOf(
  config: SessionValidatorConfig,
  link: RedisLink | undefined,
  activityUrl: string | undefined,
  time: Time,
  warn: (message: string) => void,
): ActivityLoop | undefined {
  const reporter = reporterOf(config, link, activityUrl);
  return reporter && new ActivityLoop(reporter, time, warn);
}

function reporterOf(
  { activity, feed, feedToken }: SessionValidatorConfig,
  link: RedisLink | undefined,
  activityUrl: string | undefined,
): ActivityReporter | undefined {
  if (activity === false) return undefined;
  if (typeof activity === 'object') return activity;
  // Whoever brings a feed of their own has no auth service of ours behind it, as far as we know.
  if (feed !== undefined) return undefined;
  if (link) return new RedisActivity(link);
  return activityUrl === undefined ? undefined : new HttpActivity(activityUrl, feedToken);
}
