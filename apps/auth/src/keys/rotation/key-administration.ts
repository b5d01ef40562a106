import type { KeyDuties } from './key-duties.js';
import type { KeyKeeper } from './key-keeper.js';
import type { KeyRing } from '../signing/key-ring.js';
import { NoManagedKeys } from '../keys.errors.js';
import type { ListKeys } from './list-keys.js';
import type { RotateKeys } from './rotate-keys.js';
import type { WithdrawKey } from './withdraw-key.js';

interface ManagedKeys {
  readonly keeper: KeyKeeper;
  readonly rotate: RotateKeys;
  readonly withdraw: WithdrawKey;
  readonly duties: KeyDuties;
}

/** What can be done about keys here; nothing where tokens are signed with a shared secret. */
export class KeyAdministration {
  constructor(
    private readonly managed: ManagedKeys | undefined,
    readonly list: ListKeys,
    private readonly ring: KeyRing,
  ) {}

  /** @throws {NoManagedKeys} */
  get rotate(): RotateKeys {
    return this.orNone().rotate;
  }

  /** @throws {NoManagedKeys} */
  get withdraw(): WithdrawKey {
    return this.orNone().withdraw;
  }

  /** From now on each round does what is due. */
  begin(): void {
    this.managed?.keeper.attend((set) => this.managed?.duties.run(set) ?? Promise.resolve());
  }

  /** The feed says that this key is withdrawn. */
  heardWithdrawn(kid: string): void {
    if (this.ring.isWithdrawn(kid)) return;
    this.ring.withdraw(kid);
    if (this.ring.holds(kid)) this.managed?.keeper.hurry();
  }

  private orNone(): ManagedKeys {
    if (!this.managed) throw new NoManagedKeys();
    return this.managed;
  }
}
