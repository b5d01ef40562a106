import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import {
  type DynamicModule,
  Inject,
  Logger,
  Module,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyInstance } from 'fastify';
import { OwnTokens } from '../access/own-tokens.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { BACKCHANNEL_PATH } from '../federation/federation-paths.js';
import { RefreshSession } from '../refresh/refresh-session.js';
import { WRITER } from '../revocations/revocations.module.js';
import { ServiceAccountRepository } from '../service-accounts/service-account-repository.port.js';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { RefreshTokens } from '../tokens/refresh-token.js';
import { type AssertionSettings, AuthenticateClient } from './clients/authenticate-client.js';
import { UsedAssertions } from './clients/used-assertions.port.js';
import { takeForms } from './http/form-body.js';
import { IssueClientToken } from './grants/issue-client-token.js';
import { RefreshGrant } from './grants/refresh-grant.js';
import { TokenController } from './grants/token.controller.js';
import { IntrospectRefreshToken } from './introspection/introspect-refresh-token.js';
import { IntrospectToken } from './introspection/introspect-token.js';
import { INTROSPECTION_CACHE_SECONDS, IntrospectionController } from './introspection/introspection.controller.js';
import { INTROSPECTION_PATH, REVOCATION_PATH, TOKEN_PATH } from './oauth-metadata.js';
import { RevocationController } from './revocation/revocation.controller.js';
import { RevokeToken } from './revocation/revoke-token.js';

export interface OAuthSettings {
  /** `iss` of our tokens. */
  readonly issuer: string;
  readonly usedAssertions: UsedAssertions;
  /** How long a client's proof may live, in seconds. */
  readonly assertionSeconds: number;
  /** Of the tokens of service accounts, in seconds. */
  readonly serviceTokenSeconds: number;
  /** Longest life of an access token, in seconds. */
  readonly accessTokenSeconds: number;
  /** How long a service may keep the answer of an introspection, in seconds. */
  readonly introspectionCacheSeconds: number;
}

const ISSUER = Symbol('issuer');
const ASSERTIONS = Symbol('assertion settings');
const SERVICE_TOKEN_SECONDS = Symbol('service token seconds');
const ACCESS_TOKEN_SECONDS = Symbol('access token seconds');
const PRUNE_EVERY_MS = 60_000;

/** The endpoints that standards fix: tokens, introspection, revocation. Their forms, their errors, their words. */
@Module({})
export class OAuthModule implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger('OAuth');
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(UsedAssertions) private readonly used: UsedAssertions,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    // A provider that signs people out speaks in forms as well.
    const routes = new Set([TOKEN_PATH, INTROSPECTION_PATH, REVOCATION_PATH, BACKCHANNEL_PATH]);
    takeForms(host.httpAdapter.getInstance<FastifyInstance>(), routes);
  }

  static register(settings: OAuthSettings): DynamicModule {
    const assertions = { issuer: settings.issuer, maxAgeSeconds: settings.assertionSeconds };
    return {
      module: OAuthModule,
      controllers: [TokenController, IntrospectionController, RevocationController],
      providers: [
        bind(UsedAssertions, settings.usedAssertions),
        bind<string>(ISSUER, settings.issuer),
        bind<AssertionSettings>(ASSERTIONS, assertions),
        bind<number>(SERVICE_TOKEN_SECONDS, settings.serviceTokenSeconds),
        bind<number>(ACCESS_TOKEN_SECONDS, settings.accessTokenSeconds),
        bind<number>(INTROSPECTION_CACHE_SECONDS, settings.introspectionCacheSeconds),
        provide(AuthenticateClient, [ServiceAccountRepository, UsedAssertions, AuditLog, Clock, ASSERTIONS]),
        provide(IssueClientToken, [AccessTokenIssuer, AuditLog, SERVICE_TOKEN_SECONDS]),
        provide(RefreshGrant, [RefreshSession, RefreshTokens, OwnTokens, SessionStore]),
        provide(IntrospectRefreshToken, [RefreshTokens, SessionStore, ISSUER]),
        provide(IntrospectToken, [SessionValidator, OwnTokens, IntrospectRefreshToken, SessionStore, Clock]),
        provide(RevokeToken, [OwnTokens, RefreshTokens, SessionStore, WRITER, AuditLog, ACCESS_TOKEN_SECONDS, Clock]),
      ],
    };
  }

  onModuleInit(): void {
    this.timer = setInterval(() => void this.prune(), PRUNE_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async prune(): Promise<void> {
    try {
      await this.used.prune(this.clock.nowMs());
    } catch {
      // The next round will do; they only take room.
      this.logger.warn('used assertions could not be forgotten');
    }
  }
}
