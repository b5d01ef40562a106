import { ConfigError } from '@gatehouse/config';
import { type Clock, SystemClock } from '@gatehouse/kernel';
import { createHttpApp, Drain, startTelemetry, tracingOf } from '@gatehouse/nest-kit';
import { type Logger, Metrics } from '@gatehouse/observability';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { SessionSeals } from '@gatehouse/session-store/redis';
import { JwtService } from '@nestjs/jwt';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SqlAccountTokenStore } from './accounts/tokens/adapters/sql-account-token-store.js';
import { wireAccounts } from './accounts/wire-accounts.js';
import { SqlImpersonationLedger } from './administration/impersonation/adapters/sql-impersonation-ledger.js';
import { SqlPolicyStore } from './administration/policies/adapters/sql-policy-store.js';
import { wirePolicies } from './administration/policies/wire-policies.js';
import { EndImpersonations } from './administration/impersonation/end-impersonations.js';
import { AppModule } from './app.module.js';
import { SqlAuditFigures } from './analytics/adapters/sql-audit-figures.js';
import { wireAudit } from './audit/adapters/wire-audit.js';
import { type AuthSettings, issuerOf, publicUrlOf } from './config/auth.config.js';
import { cookieSettingsOf } from './config/cookie.fields.js';
import { receiversOf } from './config/security-events.fields.js';
import { secretsOf } from './config/secrets.js';
import { answerOwnPages } from './cookie-mode/http/answer-own-pages.js';
import { SqlDeviceRegistry } from './devices/adapters/sql-device-registry.js';
import { AUTH_DOCS, VERSION } from './docs/auth-docs.js';
import { wireFederation } from './federation/wire-federation.js';
import { registerAuthGauges } from './health/auth-gauges.js';
import { AuthReadiness } from './health/auth-readiness.js';
import { SqlSigningKeyStore } from './keys/adapters/sql-signing-key-store.js';
import { IssuerFacts } from './keys/http/issuer-facts.js';
import { PrivateKeySealer, SealBroken } from './keys/signing/sealed-private-key.js';
import { anchorsOf, wireKeys } from './keys/wire-keys.js';
import type { PasswordHasher } from './passwords/password-hasher.port.js';
import { RushDoor } from './passwords/http/rush-door.js';
import { wirePasswords } from './passwords/wire-passwords.js';
import { SqlMailOutbox } from './mail/adapters/sql-mail-outbox.js';
import { wireMail } from './mail/wire-mail.js';
import { wireOAuth } from './oauth/wire-oauth.js';
import { openStores } from './persistence/open-stores.js';
import { timedRevocations } from './revocations/timed-revocations.js';
import { wireRevocations } from './revocations/wire-revocations.js';
import { SqlRightsStore } from './roles/adapters/sql-rights-store.js';
import { GrantRights } from './roles/grant-rights.js';
import { rightsFrom } from './roles/rights-of.js';
import { RolePermissions } from './roles/role-permissions.js';
import { NotedBeforeForgotten } from './security-events/adapters/noted-before-forgotten.js';
import { wireSecurityEvents } from './security-events/wire-security-events.js';
import { AccessTokenIssuer } from './tokens/access-token-issuer.js';
import { countIssuedTokens } from './tokens/issued-token-figures.js';
import { NestJwtTokenSigner } from './tokens/adapters/nest-jwt-token-signer.js';
import { RefreshTokens } from './tokens/refresh-token.js';
import { SqlImportLedger } from './user-import/adapters/sql-import-ledger.js';
import { SqlUserRepository } from './users/adapters/sql-user-repository.js';

/** What a test may put in place of the real thing. */
export interface AuthOverrides {
  readonly logger?: Logger;
  readonly clock?: Clock;
  readonly hasher?: PasswordHasher;
}

export interface BuiltAuth {
  /** Not listening yet. */
  readonly app: NestFastifyApplication;
  readonly drain: Drain;
  readonly logger: Logger;
  /**
   * Once `app` is initialised: waits until it can do all its work. A store that is away is not waited for.
   *
   * @param patienceMs - longest wait for each of the two things to be read
   */
  readonly caughtUp: (patienceMs: number) => Promise<boolean>;
}

/** The composition root: decides, in one place, which adapter fills which port. */
export async function buildAuth(settings: AuthSettings, overrides: AuthOverrides = {}): Promise<BuiltAuth> {
  const { logger, tracing } = await startTelemetry({
    ...{ service: 'auth', level: settings.LOG_LEVEL, logger: overrides.logger },
    tracing: tracingOf(settings, { service: 'auth', version: VERSION }),
  });
  const clock = overrides.clock ?? new SystemClock();
  const metrics = new Metrics('auth');
  const drain = new Drain();
  const { masterKey, otherMasterKey, signing } = await secretsOf(settings, logger);
  if (settings.UNSEALED_SESSIONS === 'adopt') {
    logger.warn(
      'sessions in Redis are believed whoever wrote them: UNSEALED_SESSIONS=adopt is for the time of an upgrade',
    );
  }
  const trustAnchors = anchorsOf(signing, settings.ROOT_TRUST_ANCHORS);
  const stores = await openStores(settings, {
    clock,
    logger,
    metrics,
    trustAnchors,
    sessionSeals: new SessionSeals(masterKey, otherMasterKey, settings.UNSEALED_SESSIONS),
    ledger: {
      keepPastMs: settings.SESSION_HISTORY_DAYS * 86_400_000,
      rotationWaitMs: settings.SESSION_LEDGER_WAIT_MS,
    },
  });
  const { dataSource } = stores.database;

  const accessTokenSeconds = settings.ACCESS_TOKEN_EXPIRY;
  const tokens = { issuer: issuerOf(settings), audience: settings.AUTH_AUDIENCE, maxTokenSeconds: accessTokenSeconds };
  const keyStore = new SqlSigningKeyStore(dataSource, new PrivateKeySealer(masterKey, otherMasterKey), clock);
  const keys = wireKeys({
    signing,
    store: keyStore,
    outlets: stores.keyBundleOutlets,
    settings: tokens,
    clock,
    logger,
  });
  try {
    await keys.keeper?.start();
  } catch (error) {
    await stores.close();
    if (!(error instanceof SealBroken)) throw error;
    throw new ConfigError(['KEY_ENCRYPTION_KEY does not open the signing keys that are in the database']);
  }

  const audit = wireAudit({
    dataSource,
    clock,
    metrics,
    logger,
    masterKey,
    otherMasterKey,
    retentionDays: settings.AUDIT_RETENTION_DAYS,
  });
  const transmitter = wireSecurityEvents({
    receivers: receiversOf(settings),
    dataSource,
    currentKey: keys.current,
    issuer: tokens.issuer,
    accessTokenSeconds,
    clock,
    metrics,
    logger,
  });
  const outbox = new NotedBeforeForgotten(dataSource, clock, () => transmitter.collect());
  const users = new SqlUserRepository(dataSource, clock);
  const rights = new SqlRightsStore(dataSource, clock);
  const permissions = new RolePermissions(rights);
  const rightsOf = rightsFrom(users, permissions);
  const impersonations = new SqlImpersonationLedger(dataSource);
  const policies = wirePolicies(settings, new SqlPolicyStore(dataSource, clock), audit.log, logger);
  const endImpersonations = new EndImpersonations(impersonations, rightsOf, audit.log, clock);
  const { writer: untimed, relay } = wireRevocations({
    outbox,
    feedLog: stores.feedLog,
    sessions: stores.sessions,
    rightsOf,
    alsoEnded: (rows) => endImpersonations.run(rows),
    keyBundles: keys.publisher,
    clock,
    logger,
    accessTokenSeconds,
  });
  const writer = timedRevocations(untimed, metrics);
  stores.onFeedOutage(() => relay.noteOutage());
  const passwords = wirePasswords({ settings, rules: policies.password, clock, metrics, logger });
  registerAuthGauges({
    metrics,
    outbox,
    relay,
    clock,
    sessions: stores.sessions,
    sessionLedger: stores.sessionLedgerStatus,
  });

  const cookies = cookieSettingsOf(settings, publicUrlOf(settings));
  const rushDoor = new RushDoor(passwords.admission, cookies !== undefined);
  const module = AppModule.of({
    foundation: {
      clock,
      metrics,
      drain,
      audit: audit.log,
      auditTrail: audit.trail,
      outbox,
      users,
      hasher: overrides.hasher ?? passwords.hasher,
      passwordPolicy: passwords.policy,
      sessions: stores.sessions,
      sessionLedger: stores.sessionLedger,
      sessionSettings: policies.session,
      feedLog: stores.feedLog,
      receipts: stores.receipts,
      idempotency: stores.idempotency,
      keyRing: keys.ring,
      keyBundles: keys.publisher,
      issuerFacts: new IssuerFacts(tokens.issuer, publicUrlOf(settings), settings.TOKEN_ALGORITHM),
      accessTokens: new AccessTokenIssuer(
        new NestJwtTokenSigner(new JwtService(), keys.current),
        { ...tokens, lifetimeSeconds: accessTokenSeconds },
        clock,
        countIssuedTokens(metrics),
      ),
      refreshTokens: new RefreshTokens(masterKey, otherMasterKey),
      readiness: new AuthReadiness({
        sessions: stores.sessions,
        redis: stores.redisFacts,
        checkDatabase: async () => void (await stores.database.ping()),
        keys: keys.readiness,
        feed: relay,
        holdsList: () => app.get(SessionValidator).health().ready,
        sessionLedger: stores.sessionLedgerStatus,
        requiresRedis: settings.READY_REQUIRES_REDIS,
      }),
      close: async () => {
        keys.keeper?.stop();
        await audit.close();
        await stores.close();
        await tracing?.close();
      },
    },
    activity: stores.activity,
    sessionEvents: stores.sessionEvents,
    audit,
    analytics: { figures: new SqlAuditFigures(dataSource) },
    access: {
      ...tokens,
      trust: signing.kind === 'root-key' ? { kind: 'root-key', trustAnchor: signing.root.trustAnchor } : signing,
    },
    cookieMode: { cookies, masterKey, otherMasterKey },
    limits: {
      enabled: settings.RATE_LIMIT_ENABLED,
      figures: policies.rateLimits,
      limiter: stores.limiter,
      logger,
    },
    devices: {
      registry: new SqlDeviceRegistry(dataSource),
      maxPerUser: settings.MAX_DEVICES_PER_USER,
      onFailure: (error) => logger.warn('nobody could be told of a new device', { error }),
    },
    ...wireOAuth(settings, dataSource),
    federation: wireFederation(settings, { dataSource, clock, logger, cookies, masterKey, otherMasterKey }),
    idempotency: { masterKey },
    revocations: {
      accessTokenSeconds,
      streamToken: settings.REVOCATION_STREAM_TOKEN?.reveal(),
      streamOpenWithoutToken: settings.NODE_ENV !== 'production',
      writer,
      relay,
    },
    receipts: { accessTokenSeconds },
    securityEvents: transmitter,
    administration: { impersonations, policies },
    roles: {
      store: rights,
      permissions,
      grant: new GrantRights(permissions, users, outbox, stores.sessions),
    },
    refresh: { graceMs: settings.REFRESH_GRACE_SECONDS * 1000 },
    mail: wireMail(settings, new SqlMailOutbox(dataSource, clock), clock, logger),
    accounts: wireAccounts(settings, new SqlAccountTokenStore(dataSource, clock)),
    ownSessionPolicy: { accessTokenSeconds },
    passwords: { admission: passwords.admission, door: rushDoor },
    userImport: { ledger: new SqlImportLedger(dataSource, clock) },
    keys: {
      store: keyStore,
      keeper: keys.keeper,
      revocations: writer,
      tokenSeconds: accessTokenSeconds,
      rotateAfterMs: settings.KEY_ROTATION_DAYS * 86_400_000,
      publishAheadMs: settings.KEY_PUBLISH_AHEAD * 1000,
    },
  });
  const http = {
    logger,
    metrics,
    tracing,
    drain,
    trustedProxies: settings.TRUSTED_PROXIES,
    insideNetworks: settings.INTERNAL_NETWORKS,
    docs: AUTH_DOCS,
    earlyRefusal: rushDoor,
    // Each validator without Redis reports every few seconds.
    quietRoutes: ['/api/v1/revocations/receipts', '/api/v1/sessions/activity'],
  };
  const app = await createHttpApp(module, http);
  if (cookies) answerOwnPages(app, cookies.origins);
  const caughtUp = async (patienceMs: number) =>
    (await relay.caughtUp(patienceMs)) && (await app.get(SessionValidator).ready(patienceMs));
  return { app, drain, logger, caughtUp };
}
