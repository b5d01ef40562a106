import { type LimitPolicy, SessionSettings } from '../../sign-in/session-settings.js';
import { type LivePolicy, withinBounds } from './live-policy.js';
import { SessionPolicyDto } from './policies.dto.js';

/** What the policy `session` says. */
export interface SessionPolicy {
  readonly max_sessions_per_user: number;
  readonly idle_seconds: number;
  readonly absolute_seconds: number;
  readonly remember_me_seconds: number;
  readonly at_limit: LimitPolicy;
}

/** How long sessions last and how many a person may have: as configured, until a policy says otherwise. */
export class LiveSessionSettings extends SessionSettings implements LivePolicy<SessionPolicy> {
  readonly name = 'session';
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
    this.current = withinBounds(SessionPolicyDto, this.configured, policy);
  }

  override get idleTtlMs(): number {
    // Never beyond the end that nothing moves.
    return Math.min(this.current.idle_seconds, this.current.absolute_seconds) * 1000;
  }

  override get absoluteTtlMs(): number {
    return this.current.absolute_seconds * 1000;
  }

  override get rememberMeTtlMs(): number {
    return Math.max(this.current.remember_me_seconds, this.current.absolute_seconds) * 1000;
  }

  override get maxSessionsPerUser(): number {
    return this.current.max_sessions_per_user;
  }

  override get atLimit(): LimitPolicy {
    return this.current.at_limit;
  }
}
