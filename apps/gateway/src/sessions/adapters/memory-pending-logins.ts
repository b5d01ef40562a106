import type { Clock } from '@gatehouse/kernel';
import { PENDING_LOGIN_MS, PendingLogins, type PendingLogin } from '../pending-logins.port.js';

/** Beyond this the oldest is forgotten: a stranger who begins logins by the thousand fills no memory. */
const MOST = 20_000;

/** Logins under way in one process. */
export class MemoryPendingLogins extends PendingLogins {
  private readonly logins = new Map<string, { readonly login: PendingLogin; readonly untilMs: number }>();

  constructor(private readonly clock: Clock) {
    super();
  }

  async keep(login: PendingLogin): Promise<void> {
    this.sweep();
    this.logins.set(login.transaction.state, { login, untilMs: this.clock.nowMs() + PENDING_LOGIN_MS });
  }

  async take(state: string): Promise<PendingLogin | undefined> {
    const kept = this.logins.get(state);
    this.logins.delete(state);
    return kept && kept.untilMs > this.clock.nowMs() ? kept.login : undefined;
  }

  /** They lie in the order of their ends. */
  private sweep(): void {
    const nowMs = this.clock.nowMs();
    for (const [state, { untilMs }] of this.logins) {
      if (untilMs > nowMs && this.logins.size < MOST) return;
      this.logins.delete(state);
    }
  }
}
