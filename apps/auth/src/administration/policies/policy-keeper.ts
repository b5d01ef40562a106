import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Logger } from '@gatehouse/observability';
import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { PolicyChanged } from '../administration.errors.js';
import type { LivePolicy } from './live-policy.js';
import type { KeptPolicy, PolicyDocument, PolicyStore } from './policy-store.port.js';

/** Between two looks at what other instances were told, in ms. */
const LOOK_EVERY_MS = 2_000;

export interface InForce<Document extends object> {
  readonly policy: Document;
  /** 0 while the configuration holds. */
  readonly version: number;
  readonly updatedAtMs: number | null;
  readonly updatedBy: number | null;
}

/** Sets policies, and keeps this instance to what any instance was told. */
export class PolicyKeeper {
  private readonly kept = new Map<string, KeptPolicy>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: PolicyStore,
    private readonly policies: readonly LivePolicy<object>[],
    private readonly audit: AuditLog,
    private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /** Looks at once and then every two seconds. While the database is away the last known policies hold. */
  async start(): Promise<void> {
    await this.look();
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** @throws {DatabaseUnavailable} */
  async inForce<Document extends object>(live: LivePolicy<Document>): Promise<InForce<Document>> {
    await this.read();
    const { version = 0, updatedAtMs = null, updatedBy = null } = this.kept.get(live.name) ?? {};
    return { policy: live.policy, version, updatedAtMs, updatedBy };
  }

  /**
   * @param policy - what it leaves out is as configured
   * @param version - the one that was read
   * @throws {PolicyChanged} when there is a newer one.
   * @throws {DatabaseUnavailable}
   */
  async set<Document extends object>(
    live: LivePolicy<Document>,
    policy: Partial<Document>,
    version: number,
    actor: Actor,
  ): Promise<InForce<Document>> {
    const document = stated(policy);
    const kept = await this.store.replace(live.name, version, document, actor.userId);
    if (!kept) throw new PolicyChanged();
    this.heed(live, kept);
    const { userId: actorId, ipAddress, requestId } = actor;
    const details = { policy: live.name, version: kept.version, ...asFacts(document) };
    this.audit.record({ kind: 'policy.changed', actorId, ipAddress, requestId, details });
    return { policy: live.policy, version: kept.version, updatedAtMs: kept.updatedAtMs, updatedBy: actorId };
  }

  private async look(): Promise<void> {
    try {
      await this.read();
    } catch (error) {
      // The database away is told elsewhere, and the next look will do.
      if (!(error instanceof DatabaseUnavailable)) this.logger.warn('policies could not be read', { error });
    }
  }

  private async read(): Promise<void> {
    const all = await this.store.all();
    for (const live of this.policies) {
      this.heed(
        live,
        all.find(({ name }) => name === live.name),
      );
    }
  }

  private heed(live: LivePolicy<object>, policy: KeptPolicy | undefined): void {
    // A slow answer must not bring back what has been replaced. Nothing takes a policy away again.
    if (!policy || policy.version < (this.kept.get(live.name)?.version ?? 0)) return;
    this.kept.set(live.name, policy);
    live.apply(policy.document);
  }
}

/** Without members that are there and hold nothing. */
function stated(policy: object): PolicyDocument {
  return Object.fromEntries(Object.entries(policy).filter(([, value]) => value !== undefined)) as PolicyDocument;
}

/** In the form in which the audit log keeps facts. */
function asFacts(document: PolicyDocument): Record<string, string | number | boolean> {
  const facts = Object.entries(document).map(([name, value]) => [
    name,
    typeof value === 'object' ? value.join(' ') : value,
  ]);
  return Object.fromEntries(facts) as Record<string, string | number | boolean>;
}
