import type { Receiver } from './receivers/receiver.js';

/** What became of an attempt, in words that hold nothing the receiver has said but codes. */
export type PushOutcome =
  /** It has it, now or since an attempt before. */
  | { readonly kind: 'taken' }
  /** It will never take this one: an error code of RFC 8935 §2.4. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Not now: it is away or at fault, or does not let us in. It may have taken the event all the same. */
  | { readonly kind: 'failed'; readonly why: string; readonly retryAfterMs: number };

/** The way to receivers. */
export abstract class EventPush {
  /**
   * Hands a security event token over. Never throws, and never takes long.
   *
   * @param token - signed, for this receiver
   * @param closing - when it aborts, an attempt in hand is given up soon
   */
  abstract push(receiver: Receiver, token: string, closing: AbortSignal): Promise<PushOutcome>;
}
