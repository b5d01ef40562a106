import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { PolicyChanged } from '../administration.errors.js';
import type { LiveSessionSettings, SessionPolicy } from './live-session-settings.js';
import type { KeptPolicy, PolicyStore } from './policy-store.port.js';

const SESSION = 'session';

/** Between two looks at what other instances were told, in ms. */
const LOOK_EVERY_MS = 2_000;

export interface InForce {
  readonly policy: SessionPolicy;
  /** 0 while the configuration holds. */
  readonly version: number;
  readonly updatedAtMs: number | null;
  readonly updatedBy: number | null;
}

/** Sets policies, and keeps this instance to what any instance was told. */
export class PolicyKeeper {
  private kept: KeptPolicy | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: PolicyStore,
    private readonly settings: LiveSessionSettings,
    private readonly audit: AuditLog,
  ) {}

  /** Looks at once and then every two seconds. While the database is away the last known policy holds. */
  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** @throws {DatabaseUnavailable} */
  async session(): Promise<InForce> {
    this.heed((await this.store.all()).find(({ name }) => name === SESSION));
    const { version = 0, updatedAtMs = null, updatedBy = null } = this.kept ?? {};
    return { policy: this.settings.policy, version, updatedAtMs, updatedBy };
  }

  /**
   * @param version - the one that was read
   * @throws {PolicyChanged} when there is a newer one.
   * @throws {DatabaseUnavailable}
   */
  async setSession(policy: SessionPolicy, version: number, actor: Actor): Promise<InForce> {
    const kept = await this.store.replace(SESSION, version, { ...policy }, actor.userId);
    if (!kept) throw new PolicyChanged();
    this.heed(kept);
    const { userId: actorId, ipAddress, requestId } = actor;
    const details = { policy: SESSION, version: kept.version, ...policy };
    this.audit.record({ kind: 'policy.changed', actorId, ipAddress, requestId, details });
    return { policy: this.settings.policy, version: kept.version, updatedAtMs: kept.updatedAtMs, updatedBy: actorId };
  }

  private async look(): Promise<void> {
    try {
      this.heed((await this.store.all()).find(({ name }) => name === SESSION));
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
    }
  }

  private heed(policy: KeptPolicy | undefined): void {
    // A slow answer must not bring back what has been replaced.
    if (policy && policy.version < (this.kept?.version ?? 0)) return;
    this.kept = policy;
    this.settings.apply(policy?.document);
  }
}
