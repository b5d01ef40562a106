import type { SessionRecord } from '../ledger/session-record.js';
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
  | 'rotation'
>;

const CHANGED = 'now:';

/** What sessions lack that an earlier version opened. */
const LATER_FACTS = { deviceId: null, actorId: null };

/** Builds a session from a flat list of names and values. */
export function recordFrom(flat: readonly string[]): SessionRecord {
  const hash = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) hash.set(flat[i] ?? '', flat[i + 1] ?? '');
  const facts = JSON.parse(hash.get('facts') ?? 'null') as SessionFacts | null;
  if (!facts) throw new Error('a session in Redis has no facts');
  const last = hash.get('lastRequestAtMs');
  const rotatedAt = hash.get('rotatedAtMs');
  const token = hash.get('refreshTokenHash') ?? '';
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
    rotation: Number(hash.get('rotation') ?? 0) + (isCounted(hash, token) ? 0 : 1),
    refreshTokenHash: token,
    rotatedAtMs: rotatedAt === undefined ? null : Number(rotatedAt),
    idleTtlMs: Number(hash.get('idleTtlMs')),
    version: Number(hash.get('version') ?? 0),
    order: Number(hash.get('score') ?? 0),
  };
}

/** As the scripts' `rotationOf`: an instance of an earlier version has rotated since the last count. */
function isCounted(hash: ReadonlyMap<string, string>, token: string): boolean {
  return (hash.get('rotationHash') ?? token) === token;
}

/** What has changed since it opened, by the field's name behind `now:`. */
function changesIn(hash: ReadonlyMap<string, string>): Partial<SessionFacts> {
  const changes = [...hash].filter(([name]) => name.startsWith(CHANGED));
  return Object.fromEntries(changes.map(([name, json]) => [name.slice(CHANGED.length), JSON.parse(json) as unknown]));
}

/** A record as the restoring script takes it: what it compares, and the fields of the hash in turn. */
export function toRestore(record: SessionRecord): object {
  const { refreshTokenHash, rotatedAtMs, idleTtlMs, version, order, ...session } = record;
  const { createdAtMs, lastAccessAtMs, idleExpiresAtMs, absoluteExpiresAtMs, requestCount, lastRequestAtMs } = session;
  const { ipAddresses, rotation, ...facts } = session;
  const fields: Record<string, string | number | null> = {
    id: record.id,
    facts: JSON.stringify(factsOf(facts)),
    refreshTokenHash,
    rotationHash: refreshTokenHash,
    rotation,
    rotatedAtMs,
    idleTtlMs,
    version,
    createdAtMs,
    lastAccessAtMs,
    idleExpiresAtMs,
    absoluteExpiresAtMs,
    requestCount,
    lastRequestAtMs,
    ipAddresses: JSON.stringify(ipAddresses),
  };
  const told = Object.entries(fields).flatMap(([name, value]) => (value === null ? [] : [name, String(value)]));
  const compared = { version, rotation, rotatedAtMs: rotatedAtMs ?? 0, idleExpiresAtMs, absoluteExpiresAtMs };
  return { sid: record.id, order: String(order), ...compared, fields: told };
}

/** Field by field, so that nothing that should not be stored ever is. */
export function factsOf(session: SessionFacts): SessionFacts {
  return {
    id: session.id,
    userId: session.userId,
    email: session.email,
    roles: session.roles,
    scope: session.scope,
    generation: session.generation,
    clientId: session.clientId,
    authMethods: session.authMethods,
    acr: session.acr,
    authenticatedAtMs: session.authenticatedAtMs,
    ipAddress: session.ipAddress,
    userAgent: session.userAgent,
    deviceName: session.deviceName,
    deviceId: session.deviceId,
    actorId: session.actorId,
    rememberMe: session.rememberMe,
  };
}
