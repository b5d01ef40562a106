import type { Clock } from '@gatehouse/kernel';
import { addressNetwork } from '@gatehouse/nest-kit';
import type { SessionValidator } from '@gatehouse/session-validator';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { tellReading } from './limit-readings.js';
import { RateLimited } from '../limits.errors.js';

const POLICY = 'api';
const WINDOW_SECONDS = 60;
/** Asked by machines that must always get an answer. */
const UNLIMITED = new Set(['/health', '/ready', '/metrics']);
/**
 * Where validators report, once a second each and many from one network. Counted apart, so that reports never use up what
 * reading keys and the feed needs; and still counted, since whoever guesses tokens knocks here too.
 */
const REPORTS = '/api/v1/revocations/receipts';
const REPORTS_PER_MINUTE = 6_000;

/**
 * Limits what one caller may ask for in all. Stands before routing, so that requests which match nothing, or whose body cannot
 * be read, count as well.
 */
export class ApiLimit {
  constructor(
    private readonly storage: ThrottlerStorage,
    private readonly validator: Pick<SessionValidator, 'check'>,
    private readonly perMinute: number,
    private readonly clock: Clock,
  ) {}

  /** Must run before routes are registered. */
  guard(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply) => this.admit(request, reply));
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    if (UNLIMITED.has(request.routeOptions.url ?? '')) return;
    const isReport = request.routeOptions.url === REPORTS;
    const [policy, limit] = isReport ? (['reports', REPORTS_PER_MINUTE] as const) : ([POLICY, this.perMinute] as const);
    const key = `${policy}:${this.callerOf(request)}`;
    const record = await this.storage.increment(key, WINDOW_SECONDS * 1000, limit, 0, policy);
    const reading = {
      policy,
      limit,
      windowSeconds: WINDOW_SECONDS,
      remaining: Math.max(0, limit - record.totalHits),
      resetInSeconds: record.timeToExpire,
    };
    tellReading(request, reply, reading, this.clock.nowMs());
    if (record.isBlocked) throw new RateLimited(policy, record.timeToBlockExpire);
  }

  /** People by who they are, since many may share an address; everybody else by network. A bad token makes nobody somebody. */
  private callerOf({ headers, ip }: FastifyRequest): string {
    const [, token] = /^Bearer ([\w.-]+)$/i.exec(headers.authorization ?? '') ?? [];
    const verdict = token === undefined ? undefined : this.validator.check(token);
    return verdict?.ok ? `user:${verdict.principal.userId}` : `network:${addressNetwork(ip)}`;
  }
}
