import type { Metrics } from '@gatehouse/observability';

export type LogoutKind = 'person' | 'front-channel' | 'back-channel';

/** How logins and logouts come out. */
export class LoginFigures {
  private readonly logins;
  private readonly logouts;

  constructor(metrics: Metrics) {
    this.logins = metrics.counter({
      name: 'gateway_logins_total',
      help: 'Returns from identity providers, by provider and outcome: ok, or the code of the failure',
      labels: ['provider', 'outcome'],
    });
    this.logouts = metrics.counter({
      name: 'gateway_logouts_total',
      help: 'Sign-outs, by who asked for them',
      labels: ['kind'],
    });
  }

  /** @param provider - one that is set up: strangers must not make up labels */
  login(provider: string, outcome: string): void {
    this.logins.inc({ provider, outcome });
  }

  logout(kind: LogoutKind): void {
    this.logouts.inc({ kind });
  }
}
