import type { Session } from '../session.js';

/** A reply that is a list of bulk strings. */
export function asStrings(reply: unknown): string[] {
  if (!Array.isArray(reply)) throw new Error('expected a list from Redis');
  return reply.map(String);
}

/** What is fixed when a session opens, kept as one JSON text. */
export type SessionFacts = Omit<
  Session,
  | 'createdAtMs'
  | 'lastAccessAtMs'
  | 'idleExpiresAtMs'
  | 'absoluteExpiresAtMs'
  | 'requestCount'
  | 'lastRequestAtMs'
  | 'ipAddresses'
>;

const CHANGED = 'now:';

/** What sessions lack that an earlier version opened. */
const LATER_FACTS = { deviceId: null, actorId: null };

/** Builds a session from HGETALL's flat list of names and values. */
export function sessionFrom(flat: readonly string[]): Session {
  const hash = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) hash.set(flat[i] ?? '', flat[i + 1] ?? '');
  const facts = JSON.parse(hash.get('facts') ?? 'null') as SessionFacts | null;
  if (!facts) throw new Error('a session in Redis has no facts');
  const last = hash.get('lastRequestAtMs');
  return {
    ...LATER_FACTS,
    ...facts,
    ...changesIn(hash),
    createdAtMs: Number(hash.get('createdAtMs')),
    lastAccessAtMs: Number(hash.get('lastAccessAtMs')),
    idleExpiresAtMs: Number(hash.get('idleExpiresAtMs')),
    absoluteExpiresAtMs: Number(hash.get('absoluteExpiresAtMs')),
    requestCount: Number(hash.get('requestCount')),
    lastRequestAtMs: last === undefined ? null : Number(last),
    ipAddresses: JSON.parse(hash.get('ipAddresses') ?? '[]') as string[],
  };
}

/** What has changed since it opened, by the field's name behind `now:`. */
function changesIn(hash: ReadonlyMap<string, string>): Partial<SessionFacts> {
  const changes = [...hash].filter(([name]) => name.startsWith(CHANGED));
  return Object.fromEntries(changes.map(([name, json]) => [name.slice(CHANGED.length), JSON.parse(json) as unknown]));
}
