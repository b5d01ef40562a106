import type { AuditLog } from '../../audit/audit-log.port.js';
import type { KeyActor } from './rotate-keys.js';
import type { KeyEnding, KeyRevocationReason } from '../signing/signing-key.js';
import type { KeyChange } from '../signing/signing-key-store.port.js';

/** Writes down what happens to keys. */
export class KeyRecord {
  constructor(private readonly audit: Pick<AuditLog, 'record'>) {}

  created(kid: string, actor: KeyActor = {}): void {
    this.audit.record({ kind: 'key.created', ...actor, details: { kid } });
  }

  rotated(
    { retired, activated, created }: { retired: string | undefined; activated: string; created: string },
    actor: KeyActor,
  ): void {
    if (retired !== undefined) this.audit.record({ kind: 'key.retired', ...actor, details: { kid: retired } });
    this.audit.record({ kind: 'key.activated', ...actor, details: { kid: activated } });
    this.created(created, actor);
  }

  /** @param change - what took the key's place */
  withdrawn(kid: string, reason: KeyRevocationReason, change: KeyChange, actor: KeyActor): void {
    this.audit.record({ kind: 'key.revoked', ...actor, details: { kid, reason } });
    const activated = change.activate ?? change.add?.active?.kid;
    if (change.add?.active) this.created(change.add.active.kid, actor);
    if (activated !== undefined) this.audit.record({ kind: 'key.activated', ...actor, details: { kid: activated } });
    if (change.add?.next) this.created(change.add.next.kid, actor);
  }

  /** A key is published no more. */
  ended(kid: string, ending: KeyEnding): void {
    this.audit.record({ kind: 'key.retired', details: { kid, ending } });
  }
}
