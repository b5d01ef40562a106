import { Clock } from '@gatehouse/kernel';
import { bind, Drain, ReadinessProbe } from '@gatehouse/nest-kit';
import { Metrics } from '@gatehouse/observability';
import { FeedLog, RevocationOutbox } from '@gatehouse/revocation-log';
import { SessionStore } from '@gatehouse/session-store';
import { SessionLedger } from '@gatehouse/session-store/ledger';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type Provider } from '@nestjs/common';
import { AuditLog } from './audit/audit-log.port.js';
import { AuditTrail } from './audit/audit-trail.port.js';
import { IdempotencyStore } from './idempotency/idempotency-store.port.js';
import { IssuerFacts } from './keys/http/issuer-facts.js';
import { KeyBundlePublisher } from './keys/bundle/key-bundle-publisher.js';
import { KeyRing } from './keys/signing/key-ring.js';
import { PasswordHasher } from './passwords/password-hasher.port.js';
import { PasswordPolicy } from './passwords/password-policy.js';
import { ReceiptBoard } from './receipts/receipt-board.port.js';
import { SessionSettings } from './sign-in/session-settings.js';
import { AccessTokenIssuer } from './tokens/access-token-issuer.js';
import { RefreshTokens } from './tokens/refresh-token.js';
import { UserRepository } from './users/user-repository.port.js';

/** What every room may ask for: ports with the adapters the composition root has chosen, and plain objects made once. */
export interface Foundation {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly drain: Drain;
  readonly users: UserRepository;
  readonly audit: AuditLog;
  readonly auditTrail: AuditTrail;
  readonly hasher: PasswordHasher;
  readonly passwordPolicy: PasswordPolicy;
  readonly sessions: SessionStore;
  readonly sessionLedger: SessionLedger;
  readonly sessionSettings: SessionSettings;
  readonly outbox: RevocationOutbox;
  readonly feedLog: FeedLog;
  readonly receipts: ReceiptBoard;
  readonly keyRing: KeyRing;
  readonly keyBundles: KeyBundlePublisher;
  readonly issuerFacts: IssuerFacts;
  readonly accessTokens: AccessTokenIssuer;
  readonly refreshTokens: RefreshTokens;
  readonly readiness: ReadinessProbe;
  readonly idempotency: IdempotencyStore;
  /** Closes the stores; called when every room has shut down. */
  readonly close: () => Promise<void>;
}

const CLOSE = Symbol('close');

/** Binds the foundation for all rooms. */
@Module({})
export class FoundationModule implements OnApplicationShutdown {
  constructor(@Inject(CLOSE) private readonly close: () => Promise<void>) {}

  static of(foundation: Foundation): DynamicModule {
    const providers: Provider[] = [
      bind(Clock, foundation.clock),
      bind(Metrics, foundation.metrics),
      bind(Drain, foundation.drain),
      bind(UserRepository, foundation.users),
      bind(AuditLog, foundation.audit),
      bind(AuditTrail, foundation.auditTrail),
      bind(PasswordHasher, foundation.hasher),
      bind(PasswordPolicy, foundation.passwordPolicy),
      bind(SessionStore, foundation.sessions),
      bind(SessionLedger, foundation.sessionLedger),
      bind(SessionSettings, foundation.sessionSettings),
      bind(RevocationOutbox, foundation.outbox),
      bind(FeedLog, foundation.feedLog),
      bind(ReceiptBoard, foundation.receipts),
      bind(KeyRing, foundation.keyRing),
      bind(KeyBundlePublisher, foundation.keyBundles),
      bind(IssuerFacts, foundation.issuerFacts),
      bind(AccessTokenIssuer, foundation.accessTokens),
      bind(RefreshTokens, foundation.refreshTokens),
      bind(ReadinessProbe, foundation.readiness),
      bind(IdempotencyStore, foundation.idempotency),
      bind<() => Promise<void>>(CLOSE, foundation.close),
    ];
    return {
      module: FoundationModule,
      global: true,
      providers,
      exports: providers.map((provider) => (provider as { provide: symbol }).provide),
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }
}
