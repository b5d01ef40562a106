import { SessionSettings } from '../../sign-in/session-settings.js';

/** What the policy `session` says. */
export interface SessionPolicy {
  readonly max_sessions_per_user: number;
  readonly idle_seconds: number;
  readonly absolute_seconds: number;
}

/** How long sessions last and how many a person may have: as configured, until a policy says otherwise. */
export class LiveSessionSettings extends SessionSettings {
  private current: SessionPolicy;

  constructor(private readonly configured: SessionPolicy) {
    super();
    this.current = configured;
  }

  get policy(): SessionPolicy {
    return this.current;
  }

  /** @param policy - `undefined` for none: the configuration holds. What it leaves out does, too. */
  apply(policy: Partial<SessionPolicy> | undefined): void {
    this.current = { ...this.configured, ...policy };
  }

  override get idleTtlMs(): number {
    // Never beyond the end that nothing moves.
    return Math.min(this.current.idle_seconds, this.current.absolute_seconds) * 1000;
  }

  override get absoluteTtlMs(): number {
    return this.current.absolute_seconds * 1000;
  }

  override get maxSessionsPerUser(): number {
    return this.current.max_sessions_per_user;
  }
}
