import { type ChainHead, EMPTY_CHAIN } from '../chain.js';

/** What can be wrong with the chain. */
export const AUDIT_FAULTS = {
  changed: 'the event is not what was written',
  removed: 'the event is missing',
  unlinked: 'the event does not follow from the one before: events before it were put in, taken out or changed',
  added: 'the event was put in by somebody else',
  truncated: 'events are missing from here to the end',
  rewritten: 'the chain was written anew: its hashes are not the ones that were sealed or noted down',
  seal_broken: 'all links hold, but this service has not sealed the end: any event may have been rewritten',
  seal_missing: 'the end of the chain is missing',
} as const;

export interface AuditFault {
  /** Of the first event that is not as it should be. */
  readonly seq: number;
  readonly what: keyof typeof AUDIT_FAULTS;
}

/** A newest event as it was once told, and kept where nobody with the database can reach it. */
export interface Checkpoint {
  readonly seq: number;
  readonly hash: string;
}

/** Damage that the service itself found before it added an event, and put down. */
export interface NotedFlaw {
  readonly seq: number;
  readonly occurredAtMs: number;
  /** JSON. */
  readonly details: string;
}

export interface AuditVerdict {
  /** Nothing is wrong with what was read. */
  readonly intact: boolean;
  /** Everything was read. */
  readonly complete: boolean;
  /** Events read and found right. */
  readonly checked: number;
  readonly fault: AuditFault | undefined;
  readonly head: ChainHead;
  /** Where to go on; `undefined` when complete. */
  readonly nextSeq: number | undefined;
  /** Damage put down by the service: the events before it were in danger, though the chain holds since. */
  readonly flaws: readonly NotedFlaw[];
  /** Events linked some time after they had been put into the table: by a version without a chain, or by hand. */
  readonly adopted: number;
  /** Events not linked yet. */
  readonly unlinked: number;
}

export function verdictOf(found: Partial<Omit<AuditVerdict, 'intact'>>): AuditVerdict {
  const { fault, flaws = [] } = found;
  return {
    intact: fault === undefined && flaws.length === 0,
    complete: found.complete ?? true,
    checked: found.checked ?? 0,
    fault,
    head: found.head ?? EMPTY_CHAIN,
    nextSeq: found.nextSeq,
    flaws,
    adopted: found.adopted ?? 0,
    unlinked: found.unlinked ?? 0,
  };
}
