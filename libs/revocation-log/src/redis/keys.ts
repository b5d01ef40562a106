import { FEED_STREAM_KEY } from '@gatehouse/contracts';

/** Name of an epoch that has been opened and not written yet. The tag puts it on the stream's cluster slot. */
export const PENDING_EPOCH_KEY = `{${FEED_STREAM_KEY}}:epoch`;

export const feedKeys = { log: FEED_STREAM_KEY, pending: PENDING_EPOCH_KEY };
