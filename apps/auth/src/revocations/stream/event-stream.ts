import type { ServerResponse } from 'node:http';
import { encodeNotice, FEED_CAUGHT_UP_EVENT, type FeedRecord } from '@gatehouse/contracts';
import { CAUGHT_UP } from './follow-feed.js';

/** A reader that takes nothing for this long is cut off; the records come each second, so it is not just idle. */
const DRAIN_MS = 10_000;

/** One event of the stream (WHATWG HTML, section 9.2.5). */
export function eventText(event: FeedRecord | typeof CAUGHT_UP): string {
  // The mark has no id: a reader that connects again goes on from the last record.
  if (event === CAUGHT_UP) return `event: ${FEED_CAUGHT_UP_EVENT}\ndata:\n\n`;
  return `id: ${event.position}\ndata: ${encodeNotice(event)}\n\n`;
}

/** Writes, and waits until the reader has taken it when the buffer is full. Throws when it does not, or is gone. */
export async function writeOrCutOff(response: ServerResponse, text: string, drainMs = DRAIN_MS): Promise<void> {
  if (response.destroyed) throw new ReaderGone();
  if (response.write(text)) return;
  await new Promise<void>((resolve, reject) => {
    const settle = (end: () => void) => () => {
      clearTimeout(timer);
      response.off('drain', onDrain).off('close', onClose);
      end();
    };
    const onDrain = settle(resolve);
    const onClose = settle(() => reject(new ReaderGone()));
    const timer = setTimeout(onClose, drainMs);
    response.once('drain', onDrain).once('close', onClose);
  });
}

/** The connection is closed, or its other end does not read. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
  constructor() {
    super('a reader of the revocation stream is gone');
  }
}
