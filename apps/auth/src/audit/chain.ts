import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What one row of the chain says, as it is stored. */
export interface ChainedRow {
  readonly seq: number;
  /** `hash` of the row before; {@link GENESIS_HASH} for the first. */
  readonly prevHash: string;
  readonly eventId: string | null;
  readonly kind: string;
  readonly userId: number | null;
  readonly actorId: number | null;
  readonly clientId: string | null;
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
  readonly requestId: string | null;
  /** The JSON text as stored. */
  readonly details: string | null;
  readonly occurredAtMs: number;
  /** 1 when it was written and linked in one step; 0 when it was found in the table and linked later. */
  readonly witnessed: number;
}

/** Where the chain starts and ends. */
export interface ChainHead {
  /** Of the newest row; 0 while there is none. */
  readonly seq: number;
  readonly hash: string;
  /** Of the newest row that retention has removed; 0 while none. */
  readonly prunedSeq: number;
  readonly prunedHash: string;
}

/** Stands in for the row before the first. */
export const GENESIS_HASH = '0'.repeat(64);

export const EMPTY_CHAIN: ChainHead = { seq: 0, hash: GENESIS_HASH, prunedSeq: 0, prunedHash: GENESIS_HASH };

/**
 * The bytes that are hashed: JSON in the form of RFC 8785. Members are in the order of their names and hold nothing but text,
 * whole numbers and `null`, for which that form is what `JSON.stringify` writes. Changing this breaks every chain there is.
 */
export function canonicalForm(row: ChainedRow): string {
  return JSON.stringify({
    actor_id: row.actorId,
    client_id: row.clientId,
    details: row.details,
    event_id: row.eventId,
    ip_address: row.ipAddress,
    kind: row.kind,
    occurred_at_ms: row.occurredAtMs,
    prev_hash: row.prevHash,
    request_id: row.requestId,
    seq: row.seq,
    session_id: row.sessionId,
    user_id: row.userId,
    v: 1,
    witnessed: row.witnessed,
  });
}

/** SHA-256 of the {@link canonicalForm}, in hexadecimal. */
export function hashOf(row: ChainedRow): string {
  return createHash('sha256').update(canonicalForm(row)).digest('hex');
}

/**
 * Seals the two ends of the chain with a key that is not in the database. Everything between them hangs on the hash of the newest
 * row: who can write to the tables alone can neither change, remove nor add a row so that the seal still fits.
 */
export class ChainSealer {
  private readonly key: Buffer;
  private readonly otherKeys: readonly Buffer[];

  /**
   * @param masterKey - 32 bytes.
   * @param other - the other master key while it is being changed: a seal under it holds until a fresh one takes its place.
   */
  constructor(masterKey: Buffer, other?: Buffer) {
    this.key = sealingKey(masterKey);
    this.otherKeys = other === undefined ? [] : [sealingKey(other)];
  }

  /** HMAC-SHA-256 over both ends, in hexadecimal. */
  seal(head: ChainHead): string {
    return sealUnder(this.key, head);
  }

  holds(head: ChainHead, seal: string): boolean {
    return this.isFresh(head, seal) || this.otherKeys.some((key) => isSame(sealUnder(key, head), seal));
  }

  /** Whether it holds under the key of today. */
  isFresh(head: ChainHead, seal: string): boolean {
    return isSame(this.seal(head), seal);
  }
}

function isSame(expected: string, given: string): boolean {
  const [a, b] = [Buffer.from(expected), Buffer.from(given)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function sealingKey(masterKey: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'gatehouse audit seal v1', 32));
}

function sealUnder(key: Buffer, { seq, hash, prunedSeq, prunedHash }: ChainHead): string {
  const ends = JSON.stringify({ hash, pruned_hash: prunedHash, pruned_seq: prunedSeq, seq });
  return createHmac('sha256', key).update(ends).digest('hex');
}
