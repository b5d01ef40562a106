import type { Clock } from '@gatehouse/kernel';
import { addressNetwork } from '@gatehouse/nest-kit';
import type { RateLimiter } from '@gatehouse/rate-limit';
import type { SessionValidator } from '@gatehouse/session-validator';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { BrowserCookies } from '../../cookie-mode/browser-cookies.js';
import {
  BACKCHANNEL_PATH,
  EVENTS_PATH,
  INTERNAL_ROLES_PATH,
  INTERNAL_SIGN_IN_PATH,
  INTERNAL_SIGN_OUT_PATH,
} from '../../federation/federation-paths.js';
import { INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH } from '../../oauth/oauth-metadata.js';
import type { LimitPolicies } from '../limit-policies.js';
import type { LimitWatch } from '../limit-watch.js';
import { tellReadings } from './limit-readings.js';

/** Asked by machines that must always get an answer. */
const UNLIMITED = new Set(['/health', '/ready', '/metrics']);
/**
 * Where validators report, every few seconds each and many from one network. Counted apart, so that reports never use up what
 * reading keys and the feed needs; and still counted, since whoever guesses tokens knocks here too.
 */
const REPORTS = new Set(['/api/v1/revocations/receipts', '/api/v1/sessions/activity']);
/** Where services ask, in bursts; counted apart, so that people behind the same address are not kept from signing in, nor they by people. */
const FOR_SERVICES = new Set([TOKEN_PATH, INTROSPECTION_PATH, REVOCATION_PATH, BACKCHANNEL_PATH, EVENTS_PATH]);
/** Where gateways ask on behalf of everybody who signs in: one caller, many people. */
const FOR_GATEWAYS = new Set([INTERNAL_SIGN_IN_PATH, INTERNAL_SIGN_OUT_PATH, INTERNAL_ROLES_PATH]);

/**
 * Limits what one caller may ask for in all. Stands before routing, so that requests which match nothing, or whose body cannot
 * be read, count as well.
 */
export class ApiLimit {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: LimitPolicies,
    private readonly validator: Pick<SessionValidator, 'check'>,
    private readonly watch: LimitWatch,
    private readonly clock: Clock,
    private readonly cookies: Pick<BrowserCookies, 'accessTokens'>,
  ) {}

  /** Must run before routes are registered. */
  guard(fastify: FastifyInstance): void {
    fastify.addHook('onRequest', (request, reply) => this.admit(request, reply));
  }

  private async admit(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { url } = request.routeOptions;
    if (UNLIMITED.has(url ?? '')) return;
    const { caller: who, userId, sessionId } = this.callerOf(request);
    const caller = FOR_SERVICES.has(url ?? '') ? `services:${who}` : who;
    const limits = [
      this.limitFor(url ?? '', caller),
      ...(sessionId === undefined ? [] : [this.policies.token(sessionId)]),
    ];
    // A caller's own limits concern nobody else: on a cluster each caller's may lie where they like.
    const verdict = await this.limiter.take(caller, limits);
    tellReadings(request, reply, verdict.readings, this.clock.nowMs());
    if (verdict.admitted) return;
    const refused = { caller, ipAddress: request.ip, requestId: request.id };
    throw this.watch.refuse('limit.exceeded', verdict, userId === undefined ? refused : { ...refused, userId });
  }

  private limitFor(url: string, caller: string) {
    if (REPORTS.has(url)) return this.policies.reports(caller);
    // A person's token, or none, opens nothing there: those who try are counted as everywhere.
    if (FOR_GATEWAYS.has(url) && caller.startsWith('service:')) return this.policies.gateway(caller);
    return this.policies.api(caller);
  }

  /** People by who they are, since many may share an address; everybody else by network. A bad token makes nobody somebody. */
  private callerOf(request: FastifyRequest): { caller: string; userId?: number; sessionId?: string } {
    const { headers, ip } = request;
    const [, token = this.cookies.accessTokens(request)[0]] =
      /^Bearer ([\w.-]+)$/i.exec(headers.authorization ?? '') ?? [];
    const verdict = token === undefined ? undefined : this.validator.check(token);
    if (!verdict?.ok) return { caller: `network:${addressNetwork(ip)}` };
    const { principal } = verdict;
    if (principal.serviceAccountId !== undefined) return { caller: `service:${principal.serviceAccountId}` };
    const { userId, sessionId } = principal;
    return { caller: `user:${userId}`, userId, sessionId };
  }
}
