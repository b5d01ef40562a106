import type { Clock } from '@gatehouse/kernel';
import type { LogFacts } from '@gatehouse/observability';
import type { Verdict } from '@gatehouse/rate-limit';
import type { AuditLog } from '../audit/audit-log.port.js';
import { RateLimited } from './limits.errors.js';

/** Who was refused. */
export interface Refused {
  /** What to tell apart callers by; kept for a minute, never written. */
  readonly caller: string;
  readonly userId?: number;
  readonly clientId?: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

const MINUTE_MS = 60_000;
/** Callers written about per minute. A flood of refusals must not become a flood of rows; the metric counts them all. */
const MAX_CALLERS_PER_MINUTE = 30;

/** Counts every refusal, and writes about the first of each caller and minute to the log and to the audit log. */
export class LimitWatch {
  private minute = 0;
  private readonly told = new Set<string>();
  private untold = 0;

  /**
   * @param count - told the policy of every refusal
   * @param warn - writes to the log
   */
  constructor(
    private readonly audit: AuditLog,
    private readonly clock: Clock,
    private readonly count: (policy: string) => void,
    private readonly warn: (message: string, facts: LogFacts) => void,
  ) {}

  /** @returns what to throw. */
  refuse(
    kind: 'signin.throttled' | 'limit.exceeded',
    { tightest, waitMs }: Verdict,
    { caller, ...who }: Refused,
  ): RateLimited {
    const policy = tightest?.policy ?? '';
    this.count(policy);
    if (this.isFirst(JSON.stringify([policy, caller]))) {
      const facts = { policy, waitSeconds: Math.ceil(waitMs / 1000), untold: this.untold };
      this.untold = 0;
      this.audit.record({ kind, ...who, details: facts });
      this.warn('limit exceeded', { requestId: who.requestId, ...facts });
    }
    return new RateLimited(policy, Math.max(1, Math.ceil(waitMs / 1000)));
  }

  private isFirst(name: string): boolean {
    const minute = Math.floor(this.clock.nowMs() / MINUTE_MS);
    if (minute !== this.minute) this.told.clear();
    this.minute = minute;
    if (!this.told.has(name) && this.told.size < MAX_CALLERS_PER_MINUTE) {
      this.told.add(name);
      return true;
    }
    this.untold++;
    return false;
  }
}
