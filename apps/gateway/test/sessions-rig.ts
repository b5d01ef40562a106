import { Clock } from '@gatehouse/kernel';
import { Metrics, silentLogger, type Logger } from '@gatehouse/observability';
import type { ExternalIdentity, OidcClient, ProviderTokens } from '@gatehouse/oidc';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import type { SessionValidator } from '@gatehouse/session-validator';
import { FakeTime, type MemoryFeed } from '@gatehouse/session-validator/testing';
import { eventually } from '@gatehouse/testing';
import { randomBytes } from 'node:crypto';
import { HttpAuthService } from '../src/auth-service/adapters/http-auth-service.js';
import { buildSessions, type BuiltSessions } from '../src/sessions/build-sessions.js';
import { PlayedAuth } from './played-auth.js';

/** The validator's clock, as everybody else asks for it. */
export class RigClock extends Clock {
  constructor(private readonly time: FakeTime) {
    super();
  }

  override nowMs(): number {
    return this.time.nowMs();
  }
}

export interface Instance extends BuiltSessions {
  readonly validator: SessionValidator;
  readonly feed: MemoryFeed;
  readonly metrics: Metrics;
  readonly redis: RedisConnection | undefined;
}

export const IDLE_MS = 1_800_000;
export const ABSOLUTE_MS = 43_200_000;
export const WINDOW_MS = 60_000;
export const DENY = { kind: 'deny' } as const;

/** One auth service, one clock, and as many gateways as a test asks for. */
export class SessionsRig {
  readonly time = new FakeTime();
  readonly clock = new RigClock(this.time);
  readonly auth = new PlayedAuth(this.time);
  readonly instances: Instance[] = [];
  readonly providers = new Map<string, OidcClient>();
  private readonly services: HttpAuthService[] = [];

  static async start(): Promise<SessionsRig> {
    const rig = new SessionsRig();
    await rig.auth.listen();
    return rig;
  }

  /** @param given.redisUrl - sessions in memory where none is given */
  async instance(
    given: { redisUrl?: string; keys?: Uint8Array[]; logger?: Logger; remember?: boolean; prefix?: string } = {},
  ): Promise<Instance> {
    const { keys = [KEY], logger = silentLogger, redisUrl, remember = false, prefix = 'gateway' } = given;
    const redis =
      redisUrl === undefined
        ? undefined
        : connectRedis(parseRedisSettings({ REDIS_URL: redisUrl }).settings!, { name: 'gateway-sessions-spec' });
    if (redis) await eventually(() => redis.ping());
    const { validator, feed } = await this.auth.validator();
    const metrics = new Metrics('gateway', { processFigures: false });
    const auth = this.authService(logger);
    const built = buildSessions({
      settings: {
        session: {
          keys,
          idleMs: IDLE_MS,
          absoluteMs: ABSOLUTE_MS,
          refreshWindowMs: WINDOW_MS,
          cookieName: '__Host-gw',
          ...{ remember, prefix },
        },
        server: { publicUrl: new URL('https://app.test') },
      },
      ...{ redis, auth, validator, clock: this.clock, logger, metrics },
      providers: (name) => this.providers.get(name),
    });
    const instance = { ...built, validator, feed, metrics, redis };
    this.instances.push(instance);
    return instance;
  }

  authService(logger: Logger = silentLogger, timeoutMs = 2_000): HttpAuthService {
    const service = new HttpAuthService(
      { url: this.auth.url, clientId: 'svc_gateway', clientSecret: 's:crét %', timeoutMs },
      this.clock,
      logger,
    );
    this.services.push(service);
    return service;
  }

  /** Somebody signs in. @returns what their browser sends from then on, and what it was told */
  async signIn(
    instance: Instance,
    tokens: Partial<ProviderTokens> = {},
  ): Promise<{ cookie: string; sid: string; setCookie: string }> {
    const { setCookie, session } = await instance.sessions.open({
      provider: 'entra',
      identity: anIdentity(),
      tokens: { accessToken: 'provider-access', idToken: aJwt(), ...tokens },
      nonce: random(),
      ipAddress: '192.0.2.1',
      userAgent: 'Browser/1.0',
    });
    return { cookie: setCookie.split(';')[0]!, sid: session.record.sid, setCookie };
  }

  async close(): Promise<void> {
    await Promise.all(this.instances.map(({ close }) => close()));
    await Promise.all(this.instances.map(({ validator }) => validator.close()));
    await Promise.all(this.services.map((service) => service.close()));
    for (const { redis } of this.instances) redis?.disconnect();
    await this.auth.close();
  }
}

export const KEY = randomBytes(32);
const random = () => randomBytes(32).toString('base64url');
const aJwt = () => `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"sub":"ada"}').toString('base64url')}.${random()}`;

function anIdentity(): ExternalIdentity {
  return {
    provider: 'entra',
    issuer: 'https://login.test/t/v2.0',
    subject: 'ada',
    key: 'entra|t|ada',
    email: 'ada@example.test',
    emailVerified: false,
    displayName: 'Ada',
    roles: [],
    groups: [],
    amr: [],
  };
}
