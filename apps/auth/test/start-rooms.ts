import { randomBytes } from 'node:crypto';
import { randomHex, SystemClock } from '@gatehouse/kernel';
import { Drain, createHttpApp } from '@gatehouse/nest-kit';
import { createLogger, Metrics } from '@gatehouse/observability';
import { MemoryRateLimiter } from '@gatehouse/rate-limit/memory';
import { MemoryFeedLog } from '@gatehouse/revocation-log/memory';
import type { NewSession, Session } from '@gatehouse/session-store';
import { MemorySessionLedger, MemorySessionStore } from '@gatehouse/session-store/memory';
import { aSession } from '@gatehouse/session-store/testing';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { BadRequestException, Body, Controller, Module, Post } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Public } from '@gatehouse/session-validator/nest';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { AccountDisabled, InvalidCredentials } from '../src/sign-in/sign-in.errors.js';
import { AccessModule } from '../src/access/access.module.js';
import { ActivityModule } from '../src/activity/activity.module.js';
import { MemoryActivityInbox } from '../src/activity/adapters/memory-activity-inbox.js';
import { MemoryAuditLog } from '../src/audit/adapters/memory-audit-log.js';
import { MemoryAuditTrail } from '../src/audit/adapters/memory-audit-trail.js';
import { CookieModeModule } from '../src/cookie-mode/cookie-mode.module.js';
import { generateSecrets } from '../src/config/embedded-secrets.js';
import { MemoryDeviceRegistry } from '../src/devices/adapters/memory-device-registry.js';
import { DevicesModule } from '../src/devices/devices.module.js';
import { FoundationModule } from '../src/foundation.module.js';
import { AuthReadiness } from '../src/health/auth-readiness.js';
import { MemoryIdempotencyStore } from '../src/idempotency/adapters/memory-idempotency-store.js';
import { IdempotencyModule } from '../src/idempotency/idempotency.module.js';
import { generateSigningKey } from '../src/keys/generate-signing-key.js';
import { IssuerFacts } from '../src/keys/issuer-facts.js';
import { KeyBundlePublisher } from '../src/keys/key-bundle-publisher.js';
import { KeyRing } from '../src/keys/key-ring.js';
import { RootKey } from '../src/keys/root-key.js';
import type { LimitFigures } from '../src/limits/limit-policies.js';
import { LimitsModule } from '../src/limits/limits.module.js';
import { LimitPasswordAttempts } from '../src/limits/sign-in-limit.guard.js';
import { OwnSessionPolicyModule } from '../src/own-session-policy/own-session-policy.module.js';
import { PasswordHasher } from '../src/passwords/password-hasher.port.js';
import { Overloaded } from '../src/passwords/passwords.errors.js';
import { PasswordPolicy } from '../src/passwords/password-policy.js';
import { MemoryReceiptBoard } from '../src/receipts/adapters/memory-receipt-board.js';
import type { BookSettings } from '../src/receipts/receipt-book.js';
import { ReceiptsModule } from '../src/receipts/receipts.module.js';
import { RefreshModule } from '../src/refresh/refresh.module.js';
import { RevocationsModule } from '../src/revocations/revocations.module.js';
import { rightsFrom } from '../src/roles/rights-of.js';
import { RolePermissions } from '../src/roles/role-permissions.js';
import { wireRevocations } from '../src/revocations/wire-revocations.js';
import { MemorySessionEventBus } from '../src/session-events/adapters/memory-session-event-bus.js';
import { announced } from '../src/session-events/announced-sessions.js';
import { SessionEventsModule } from '../src/session-events/session-events.module.js';
import { SessionsModule } from '../src/sessions/sessions.module.js';
import type { SessionSettings } from '../src/sign-in/session-settings.js';
import { SignOutModule } from '../src/sign-out/sign-out.module.js';
import { AccessTokenIssuer } from '../src/tokens/access-token-issuer.js';
import { NestJwtTokenSigner } from '../src/tokens/adapters/nest-jwt-token-signer.js';
import { RefreshTokens } from '../src/tokens/refresh-token.js';
import { MemoryUserRepository } from '../src/users/adapters/memory-user-repository.js';
import { canonicalEmail } from '../src/users/email-address.js';
import { VerifyModule } from '../src/verify/verify.module.js';
import { SwitchedOutbox, withSwitch } from './session-world.js';

const ISSUER = 'https://auth.example.test';
const AUDIENCE = 'gatehouse';
const TOKEN_SECONDS = 900;
const DAY_MS = 86_400_000;
const SESSION_SETTINGS: SessionSettings = {
  idleTtlMs: DAY_MS,
  absoluteTtlMs: 2 * DAY_MS,
  rememberMeTtlMs: 30 * DAY_MS,
  maxSessionsPerUser: 5,
  atLimit: 'evict_oldest',
};

class NoHasher extends PasswordHasher {
  override readonly decoyHash = '';
  override hash(): Promise<string> {
    return Promise.reject(new Error('no password is hashed in these tests'));
  }
  override matches(): Promise<boolean> {
    return Promise.resolve(false);
  }
  override needsRehash(): boolean {
    return false;
  }
}

/** Stands for the routes that hash passwords. */
@Controller('test')
class AttemptController {
  @Public()
  @Post('attempt')
  @LimitPasswordAttempts()
  post(@Body() body: Record<string, unknown>): Record<string, unknown> {
    return body;
  }
}

const OUTCOMES: Record<string, () => Error> = {
  INVALID_CREDENTIALS: () => new InvalidCredentials(),
  ACCOUNT_DISABLED: () => new AccountDisabled(),
  OVERLOADED: () => new Overloaded(),
  DEGRADED_UNAVAILABLE: () => new DatabaseUnavailable('away'),
  VALIDATION_ERROR: () => new BadRequestException(),
  bug: () => new TypeError('bug'),
};

/** Stands for the routes where a password can be guessed: ends as it is told to. */
@Controller('test')
class GuessController {
  @Public()
  @Post('guess')
  @LimitPasswordAttempts({ guesses: true })
  post(@Body() { outcome }: Record<string, unknown>): object {
    const failure = OUTCOMES[String(outcome)];
    if (failure) throw failure();
    return {};
  }
}

@Module({ controllers: [AttemptController, GuessController] })
class AttemptModule {}

export interface RoomOptions {
  readonly limits?: Partial<LimitFigures>;
  readonly streamToken?: string;
  readonly streamOpenWithoutToken?: boolean;
  readonly receipts?: BookSettings;
  readonly graceMs?: number;
  /** @default 900 */
  readonly tokenSeconds?: number;
}

/** A session as a client holds it. */
export interface Held {
  readonly session: Session;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The rooms about sessions over HTTP, on memory adapters that can be taken away. */
export async function startRooms(options: RoomOptions = {}) {
  const clock = new SystemClock();
  const log: string[] = [];
  const destination = { write: (line: string) => void log.push(line) };
  const logger = createLogger({ service: 'auth', level: 'debug', destination });
  const metrics = new Metrics('auth', { processFigures: false });
  const drain = new Drain();
  const masterKey = randomBytes(32);
  const sessionEvents = new MemorySessionEventBus();
  const activityInbox = new MemoryActivityInbox(clock);
  const { store: sessions, setAway: setStoreAway } = withSwitch(
    announced(new MemorySessionStore(clock), sessionEvents, clock),
  );
  const outbox = new SwitchedOutbox();
  const feedLog = new MemoryFeedLog(clock);
  const receipts = new MemoryReceiptBoard(clock, options.receipts);
  const audit = new MemoryAuditLog();
  const users = new MemoryUserRepository(clock);
  const devices = new MemoryDeviceRegistry();
  const keyRing = new KeyRing();
  const active = await generateSigningKey('active', clock.nowMs());
  keyRing.replace({ keys: [active], version: 1 });
  const root = RootKey.parse(generateSecrets().rootSigningKey);
  const bundleFacts = { issuer: ISSUER, audience: AUDIENCE, maxTokenSeconds: TOKEN_SECONDS };
  const keyBundles = new KeyBundlePublisher(keyRing, root, [], bundleFacts, clock);
  const currentKey = { kid: active.kid, algorithm: 'ES256' as const, key: active.privateKey };
  const accessTokens = new AccessTokenIssuer(
    new NestJwtTokenSigner(new JwtService(), () => currentKey),
    { issuer: ISSUER, audience: AUDIENCE, lifetimeSeconds: options.tokenSeconds ?? TOKEN_SECONDS },
    clock,
  );
  const refreshTokens = new RefreshTokens(masterKey);
  const { writer, relay } = wireRevocations({
    outbox,
    feedLog,
    sessions,
    rightsOf: rightsFrom(users, new RolePermissions({ roles: async () => [] })),
    keyBundles,
    clock,
    logger,
    accessTokenSeconds: TOKEN_SECONDS,
  });
  const readiness = new AuthReadiness({
    sessions,
    redis: undefined,
    checkDatabase: async () => undefined,
    keys: keyRing,
    feed: relay,
    holdsList: () => true,
    sessionLedger: () => ({ waiting: 0, oldestMs: 0, dropped: 0, reachable: true }),
    requiresRedis: false,
  });

  @Module({
    imports: [
      FoundationModule.of({
        clock,
        metrics,
        drain,
        users,
        audit,
        auditTrail: new MemoryAuditTrail(audit),
        hasher: new NoHasher(),
        passwordPolicy: new PasswordPolicy({ minLength: 8, checksBreaches: false, refusedWords: [] }),
        sessions,
        sessionLedger: new MemorySessionLedger(clock, 30 * 86_400_000),
        sessionSettings: SESSION_SETTINGS,
        outbox,
        feedLog,
        receipts,
        idempotency: new MemoryIdempotencyStore(clock),
        keyRing,
        keyBundles,
        issuerFacts: new IssuerFacts(ISSUER, ISSUER, 'ES256'),
        accessTokens,
        refreshTokens,
        readiness,
        close: async () => undefined,
      }),
      RevocationsModule.register({
        accessTokenSeconds: TOKEN_SECONDS,
        streamToken: options.streamToken,
        streamOpenWithoutToken: options.streamOpenWithoutToken ?? true,
        writer,
        relay,
      }),
      CookieModeModule.register({ cookies: undefined, masterKey, otherMasterKey: undefined }),
      AccessModule.register({
        issuer: ISSUER,
        audience: AUDIENCE,
        maxTokenSeconds: TOKEN_SECONDS,
        trust: { kind: 'root-key', trustAnchor: root.trustAnchor },
      }),
      DevicesModule.register({ registry: devices, maxPerUser: 5, onFailure: () => undefined }),
      LimitsModule.register({
        enabled: options.limits !== undefined,
        figures: {
          signInPerMinute: 10,
          pairPerHour: 1_000,
          apiPerMinute: 1_000,
          clientPerMinute: 1_000,
          freeFailures: 1_000,
          maxDelayMs: 60_000,
          ...options.limits,
        },
        limiter: new MemoryRateLimiter(clock),
        logger,
      }),
      IdempotencyModule.register({ masterKey }),
      ActivityModule.of(activityInbox),
      SessionEventsModule.of(sessionEvents),
      ReceiptsModule.register({ accessTokenSeconds: TOKEN_SECONDS }),
      RefreshModule.register({ graceMs: options.graceMs ?? 10_000 }),
      SignOutModule,
      OwnSessionPolicyModule.register({ accessTokenSeconds: TOKEN_SECONDS }),
      SessionsModule,
      VerifyModule,
      AttemptModule,
    ],
  })
  class Rooms {}

  const app: NestFastifyApplication = await createHttpApp(Rooms, { logger, metrics, drain });
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  await app.get(SessionValidator).ready();

  /** Signs somebody in, past the password. */
  async function signIn(given: Partial<NewSession> = {}): Promise<Held> {
    const id = given.id ?? randomHex(32);
    const { text: refreshToken, hash } = refreshTokens.mint(id);
    const day = 86_400_000;
    const wanted = aSession({ id, refreshTokenHash: hash, idleTtlMs: day, absoluteTtlMs: day, ...given });
    const { session } = await sessions.open(wanted, 5);
    const { token: accessToken } = await accessTokens.issue({ ...session, sessionId: id });
    return { session, accessToken, refreshToken };
  }

  const aUser = (email = `${randomHex(4)}@example.test`) =>
    users.create({
      email,
      emailCanonical: canonicalEmail(email),
      passwordHash: 'x',
      name: 'Ada',
      roles: ['user'],
    });

  return {
    app,
    log,
    drain,
    metrics,
    sessions,
    setStoreAway,
    outbox,
    feedLog,
    receipts,
    activityInbox,
    sessionEvents,
    trustAnchor: root.trustAnchor,
    relay,
    audit,
    users,
    devices,
    aUser,
    signIn,
    close: () => app.close(),
  };
}

export type Rooms = Awaited<ReturnType<typeof startRooms>>;

/** An answer as a client sees it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | number | undefined>>;
  readonly text: string;
  readonly body: {
    readonly success: boolean;
    readonly data: Record<string, unknown>;
    readonly error: { readonly code: string; readonly retry_after?: number };
  };
}

export interface Call {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  readonly ip?: string;
}

/** Speaks HTTP with the rooms, without a socket. */
export async function call({ app }: Pick<Rooms, 'app'>, route: string, given: Call = {}): Promise<Answer> {
  const [method, url] = route.split(' ') as ['GET' | 'POST' | 'PATCH' | 'DELETE', string];
  const response = await app.inject({
    method,
    url,
    remoteAddress: given.ip ?? '192.0.2.1',
    headers: {
      ...(given.token === undefined ? {} : { authorization: `Bearer ${given.token}` }),
      ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...given.headers,
    },
    ...(given.body === undefined ? {} : { payload: JSON.stringify(given.body) }),
  });
  const text = response.payload;
  return {
    status: response.statusCode,
    headers: response.headers,
    text,
    body: text.startsWith('{') ? (JSON.parse(text) as Answer['body']) : (undefined as unknown as Answer['body']),
  };
}
