import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import type { Logger } from '@gatehouse/observability';
import { SessionStore } from '@gatehouse/session-store';
import {
  type BeforeApplicationShutdown,
  type DynamicModule,
  Inject,
  Module,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { OwnTokens } from '../access/own-tokens.js';
import { OtherWaysIn } from '../accounts/other-ways-in.js';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { BrowserCookies } from '../cookie-mode/browser-cookies.js';
import type { CookieSettings } from '../cookie-mode/cookie-settings.js';
import { EndReplacedSession } from '../cookie-mode/end-replaced-session.js';
import { SessionCookies } from '../cookie-mode/session-cookies.js';
import type { UsedAssertions } from '../oauth/clients/used-assertions.port.js';
import { RevokeSessions } from '../revocations/revoke-sessions.js';
import { SignInModule } from '../sign-in/sign-in.module.js';
import { SessionElsewhere } from '../sign-out/session-elsewhere.js';
import { SignOutModule } from '../sign-out/sign-out.module.js';
import { ExchangeCodes } from './browser/exchange-codes.js';
import { SealedNotes } from './browser/sealed-notes.js';
import { TransactionCookies } from './browser/transaction-cookie.js';
import { APP_URL, federationUseCases, PUBLIC_URL } from './federation-use-cases.js';
import { BrowserEntry } from './http/browser-entry.js';
import { ExchangeController } from './http/exchange.controller.js';
import { IdentitiesController } from './http/identities.controller.js';
import { InternalController } from './http/internal.controller.js';
import { OAuthController } from './http/oauth.controller.js';
import { PAGE_SETTINGS, type PageSettings } from './http/oauth-page.filter.js';
import { ProviderLogoutController } from './http/provider-logout.controller.js';
import { takeSecurityEvents } from './http/security-event-body.js';
import { SecurityEventsController } from './http/security-events.controller.js';
import { identityRecords } from './identities/identity-records.js';
import { IdentityStore } from './identities/identity-store.port.js';
import { UnlinkIdentity } from './identities/unlink-identity.js';
import { FederatedSignOut } from './logout/federated-sign-out.js';
import { SignOutAtProvider } from './logout/sign-out-at-provider.js';
import { IdentityProviders } from './providers/identity-providers.js';
import { FederatedSignIn } from './sign-in/federated-sign-in.js';
import { TakeOnce } from './sign-in/take-once.js';

export interface FederationParts {
  readonly providers: IdentityProviders;
  readonly identities: IdentityStore;
  readonly usedAssertions: UsedAssertions;
  /** Address under which browsers reach this service, without a slash at the end. */
  readonly publicUrl: string;
  /** Where the application is, likewise. */
  readonly appUrl: string;
  /** `undefined` where cookie mode is off. */
  readonly cookies: CookieSettings | undefined;
  /** 32 bytes, shared by all instances. */
  readonly masterKey: Buffer;
  readonly otherMasterKey: Buffer | undefined;
  readonly logger: Logger;
}

const LOGGER = Symbol('logger of federation');
const SETTLE_EVERY_MS = 15_000;

/** People who sign in elsewhere: who they are here, their sessions, and what ends those. */
@Module({})
export class FederationModule implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private settling: Promise<void> = Promise.resolve();

  constructor(
    @Inject(FederatedSignOut) private readonly signOut: FederatedSignOut,
    @Inject(IdentityStore) private readonly identities: IdentityStore,
    @Inject(PersonalRecordsBook) book: PersonalRecordsBook,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(LOGGER) private readonly logger: Logger,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
    @Inject(SessionElsewhere) elsewhere: SessionElsewhere,
    @Inject(SignOutAtProvider) signOutAtProvider: SignOutAtProvider,
    @Inject(OtherWaysIn) otherWaysIn: OtherWaysIn,
    @Inject(UnlinkIdentity) unlinkIdentity: UnlinkIdentity,
  ) {
    elsewhere.handIn((sessionId) => signOutAtProvider.run(sessionId));
    otherWaysIn.handIn((userId, place) => unlinkIdentity.all(userId, place));
    book.add(identityRecords(identities));
    takeSecurityEvents(host.httpAdapter.getInstance<FastifyInstance>());
  }

  static register(parts: FederationParts): DynamicModule {
    const { masterKey, otherMasterKey, publicUrl, appUrl, cookies, logger } = parts;
    const isSecure = publicUrl.startsWith('https:');
    const notesFor = (purpose: string) => new SealedNotes(masterKey, purpose, otherMasterKey);
    return {
      module: FederationModule,
      imports: [SignInModule, SignOutModule],
      controllers: [
        OAuthController,
        ExchangeController,
        IdentitiesController,
        ProviderLogoutController,
        SecurityEventsController,
        InternalController,
      ],
      providers: [
        bind(IdentityProviders, parts.providers),
        bind(IdentityStore, parts.identities),
        bind(TransactionCookies, new TransactionCookies(notesFor('oauth transaction'), isSecure)),
        bind<string>(PUBLIC_URL, publicUrl),
        bind<string>(APP_URL, appUrl),
        bind<Logger>(LOGGER, logger),
        bind<PageSettings>(PAGE_SETTINGS, { logger, appUrl, publicUrl, startsByLink: cookies !== undefined }),
        {
          provide: TakeOnce,
          inject: [Clock],
          useFactory: (clock: Clock) => new TakeOnce(parts.usedAssertions, clock),
        },
        {
          provide: ExchangeCodes,
          inject: [IdentityProviders, TakeOnce, Clock],
          useFactory: (providers: IdentityProviders, once: TakeOnce, clock: Clock) =>
            new ExchangeCodes(notesFor('oauth code'), providers, once, clock),
        },
        {
          provide: BrowserEntry,
          inject: [BrowserCookies, OwnTokens, FederatedSignIn, EndReplacedSession],
          useFactory: (
            browser: BrowserCookies,
            own: OwnTokens,
            signIn: FederatedSignIn,
            endReplaced: EndReplacedSession,
          ) => new BrowserEntry(cookies && new SessionCookies(cookies), browser, own, signIn, endReplaced),
        },
        provide(EndReplacedSession, [SessionStore, RevokeSessions, AuditLog]),
        ...federationUseCases(),
      ],
    };
  }

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => {
      this.settling = this.settling.then(() => this.settle());
    }, SETTLE_EVERY_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    clearInterval(this.timer);
    await this.settling;
  }

  private async settle(): Promise<void> {
    try {
      await this.signOut.settle();
      await this.identities.prune(this.clock.nowMs());
    } catch (error) {
      // The next round will do; what is marked stays marked.
      this.logger.warn('logouts at providers wait to be carried out', { error });
    }
  }
}
