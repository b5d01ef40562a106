import { asRevocationEntry, FEED_VERSION, type FeedRecord } from '@gatehouse/contracts';

/** A record as Redis returns it: its id, and names and values in turn. */
export type RawRecord = [id: string, fields: string[]];

export type StreamRecord =
  | { readonly kind: 'record'; readonly record: FeedRecord }
  /** It has its place in the log, but its entry cannot be read: it is passed over, and must not count as a heartbeat. */
  | { readonly kind: 'unreadable'; readonly place: FeedRecord }
  | { readonly kind: 'foreign' };

/** Reads one record: `v 1 epoch <e> prev <position> [entry <JSON>]`. */
export function readStreamRecord([position, fields]: RawRecord): StreamRecord {
  const values = new Map<string, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) values.set(fields[i] ?? '', fields[i + 1] ?? '');
  const epoch = values.get('epoch');
  const previous = values.get('prev');
  if (!epoch || !previous) return { kind: 'foreign' };
  const place = { position, previous, epoch };
  if (values.get('v') !== String(FEED_VERSION)) return { kind: 'unreadable', place };
  const text = values.get('entry');
  if (text === undefined) return { kind: 'record', record: place };
  const entry = parseEntry(text);
  return entry ? { kind: 'record', record: { ...place, entry } } : { kind: 'unreadable', place };
}

function parseEntry(text: string) {
  try {
    return asRevocationEntry(JSON.parse(text));
  } catch {
    return undefined;
  }
}
