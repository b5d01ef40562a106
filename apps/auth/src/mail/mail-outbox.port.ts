import type { MailKind } from './mail-kinds.js';

/** A letter to be written. Holds what it is about, never its text: links are made when it goes out, and kept nowhere. */
export interface NewMailOrder {
  readonly kind: MailKind;
  /** Whose account it is about, where that is known. */
  readonly userId?: number;
  /** Where it goes, or whom it is about, as typed. */
  readonly address?: string;
  /** From where it was asked for. */
  readonly ipAddress?: string;
  readonly requestId?: string;
}

export interface MailOrder {
  readonly id: number;
  readonly kind: MailKind;
  readonly userId: number | undefined;
  readonly address: string | undefined;
  readonly ipAddress: string | undefined;
  readonly requestId: string | undefined;
  readonly createdAtMs: number;
  /** How often it has been taken, this time included. */
  readonly attempts: number;
}

/** How an order ended. `dropped`: there was nothing to send, or too much was sent to this address already. */
export type MailOutcome = 'sent' | 'dropped' | 'given_up';

/** Letters that wait to go out, for all instances together. Every method throws `DatabaseUnavailable`. */
export abstract class MailOutbox {
  /** Once it resolves, the order outlives the process. */
  abstract put(order: NewMailOrder): Promise<void>;

  /**
   * Takes up to `limit` orders that are due, the longest due first. No other instance gets them for `leaseMs`; when nothing is
   * heard of them until then, they are due again.
   */
  abstract take(limit: number, leaseMs: number): Promise<MailOrder[]>;

  /** Lets the order rest until then. */
  abstract postpone(id: number, dueAtMs: number): Promise<void>;

  /** Done with. What names a person is forgotten, all but a hash of the address, which {@link countBefore} needs. */
  abstract finish(id: number, outcome: MailOutcome): Promise<void>;

  /**
   * How many orders of the same kind for the same address were made within `windowMs` before this one and were not dropped. Only
   * kinds that anybody can ask for count, each by itself: what strangers ask for must not use up what its owner needs. Orders are compared by their ids, so instances that work side by side agree.
   */
  abstract countBefore(order: MailOrder, windowMs: number): Promise<number>;

  /** Removes everything about an account. */
  abstract forget(userId: number): Promise<void>;

  /** Removes what was finished before then. @returns how many. */
  abstract prune(beforeMs: number): Promise<number>;

  /** Orders that are not finished. */
  abstract countWaiting(): Promise<number>;
}
