import { VALIDATOR_NAME_PATTERN } from '@gatehouse/contracts';
import { hostname } from 'node:os';
import type { SessionValidatorConfig } from './core/config/config.js';
import type { RevocationFeed } from './core/feed/feed.port.js';
import { ReceiptLoop } from './core/receipts/receipt-loop.js';
import type { ReceiptReporter } from './core/receipts/receipts.port.js';
import { ReportingFeed } from './core/receipts/reporting-feed.js';
import type { Time } from './core/time.js';
import { RedisReceipts } from './redis/redis-receipts.js';
import type { RedisLink } from './redis/redis-link.js';
import { HttpReceipts } from './sse/http-receipts.js';
import { VERSION } from './version.js';

/** The feed, with its progress reported where the feed comes from; as it is when there is nowhere to report to. */
export function withReceipts(
  feed: RevocationFeed | undefined,
  config: SessionValidatorConfig,
  link: RedisLink | undefined,
  receiptsUrl: string | undefined,
  time: Time,
  warn: (message: string) => void,
): RevocationFeed | undefined {
  const reporter = feed && reporterOf(config, link, receiptsUrl);
  if (!reporter) return feed;
  const identity = {
    name: config.instanceName ?? nameOfHost(),
    service: config.serviceName ?? '',
    version: VERSION,
  };
  return new ReportingFeed(feed, new ReceiptLoop({ reporter, identity }, time, warn));
}

function reporterOf(
  { receipts, feed, feedToken }: SessionValidatorConfig,
  link: RedisLink | undefined,
  receiptsUrl: string | undefined,
): ReceiptReporter | undefined {
  if (receipts === false) return undefined;
  if (typeof receipts === 'object') return receipts;
  // Positions of a feed of one's own mean nothing to anybody else.
  if (feed !== undefined) return undefined;
  if (link) return new RedisReceipts(link);
  return receiptsUrl === undefined ? undefined : new HttpReceipts(receiptsUrl, feedToken);
}

/** In a cluster that is the pod. What cannot stand in a name is left out. */
function nameOfHost(): string {
  const name = hostname()
    .replaceAll(/[^A-Za-z0-9._:@/-]/g, '')
    .slice(0, 64);
  return VALIDATOR_NAME_PATTERN.test(name) ? name : 'unnamed';
}
