import type { FeedRecord } from '@gatehouse/contracts';

/** What a feed brings: a record, or one that this version cannot read. */
export type Tailed =
  | { readonly kind: 'record'; readonly record: FeedRecord }
  | { readonly kind: 'unreadable'; readonly position: string }
  /** Back, after `lost`. */
  | { readonly kind: 'found' }
  /** It cannot be followed right now; goes on by itself. */
  | { readonly kind: 'lost' };

export interface Tailing {
  /**
   * Everything the log gets from now on, or everything it holds and then that; each once, in order, until `stop` aborts.
   * Never throws: an outage is told and waited out.
   */
  follow(fromStart: boolean, stop: AbortSignal): AsyncIterable<Tailed>;
}

/** @returns false when it was stopped meanwhile. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener('abort', end);
    if (stop.aborted) end();
  });
}
