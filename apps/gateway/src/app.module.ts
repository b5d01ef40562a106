import { Clock } from '@gatehouse/kernel';
import { bind, Drain, HealthModule, ReadinessProbe } from '@gatehouse/nest-kit';
import { type Logger, Metrics } from '@gatehouse/observability';
import { type DynamicModule, Inject, Module, type OnApplicationShutdown, type OnModuleDestroy } from '@nestjs/common';
import { VERSION } from './config/version.js';
import { ForwardAuth } from './forward-auth/forward-auth.js';
import { ForwardAuthController } from './forward-auth/forward-auth.controller.js';
import { LOGGER } from './front/logger.js';
import { TrustedPeers } from './front/trusted-peers.js';
import { LoginFinisher } from './login/finish-login.js';
import { LoginController } from './login/login.controller.js';
import { Site } from './login/site.js';
import { SessionController } from './login/session.controller.js';
import { LoginStarter } from './login/start-login.js';
import { LogoutController } from './logout/logout.controller.js';
import { ProviderLogoutController } from './logout/provider-logout.controller.js';
import { ProviderLogout } from './logout/provider-logout.js';
import { SignOut } from './logout/sign-out.js';
import { GatewaySessions } from './sessions/gateway-session.js';

/** What the gateway's own pages and endpoints may ask for. */
export interface Foundation {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly drain: Drain;
  readonly readiness: ReadinessProbe;
  readonly sessions: GatewaySessions;
  readonly peers: TrustedPeers;
  readonly site: Site;
  readonly starter: LoginStarter;
  readonly finisher: LoginFinisher;
  readonly signOut: SignOut;
  readonly providerLogout: ProviderLogout;
  /** Absent where proxies may not ask. */
  readonly forwardAuth: ForwardAuth | undefined;
  /** Once it is to end: before the server waits for what is under way. */
  readonly beforeClose: () => void;
  readonly close: () => Promise<void>;
}

const ENDS = Symbol('ends');

@Module({})
class FoundationModule implements OnModuleDestroy, OnApplicationShutdown {
  constructor(@Inject(ENDS) private readonly ends: Pick<Foundation, 'beforeClose' | 'close'>) {}

  static of(foundation: Foundation): DynamicModule {
    const ports = [
      bind(Clock, foundation.clock),
      bind(Metrics, foundation.metrics),
      bind(Drain, foundation.drain),
      bind(ReadinessProbe, foundation.readiness),
      bind(GatewaySessions, foundation.sessions),
      bind(TrustedPeers, foundation.peers),
      bind(Site, foundation.site),
      bind(LoginStarter, foundation.starter),
      bind(LoginFinisher, foundation.finisher),
      bind(SignOut, foundation.signOut),
      bind(ProviderLogout, foundation.providerLogout),
      ...(foundation.forwardAuth ? [bind(ForwardAuth, foundation.forwardAuth)] : []),
      { provide: LOGGER, useValue: foundation.logger },
    ];
    const exported = ports.map((port) => (port as { provide: symbol }).provide);
    return {
      module: FoundationModule,
      global: true,
      providers: [...ports, { provide: ENDS, useValue: foundation }],
      exports: exported,
    };
  }

  onModuleDestroy(): void {
    this.ends.beforeClose();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.ends.close();
  }
}

/** The gateway's routes are guarded by nobody here: each of its own pages says for itself whom it serves. */
const Public = () => () => undefined;

/** The gateway's own pages and endpoints. What is proxied never comes here. */
@Module({})
export class AppModule {
  static of(foundation: Foundation): DynamicModule {
    return {
      module: AppModule,
      imports: [FoundationModule.of(foundation), HealthModule.register({ version: VERSION, Public })],
      controllers: [
        LoginController,
        SessionController,
        LogoutController,
        ProviderLogoutController,
        ...(foundation.forwardAuth ? [ForwardAuthController] : []),
      ],
    };
  }
}
