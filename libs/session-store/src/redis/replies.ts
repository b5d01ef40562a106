import type { SessionRecord } from '../ledger/session-record.js';
import type { Session } from '../session.js';
import type { Seals, SessionSeals } from './session-seals.js';

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
/** What a change is stored as that seals a part anew; `now:` stands before it. */
const SEAL = 'seal:';

/**
 * Builds a session from a flat list of names and values.
 *
 * @param seals - without them whatever stands there is believed
 * @returns `undefined` for what is not the session of that user under that key, as we wrote it.
 */
export function trustedRecord(
  userId: number,
  flat: readonly string[],
  seals: SessionSeals | undefined,
): SessionRecord | undefined {
  const hash = mapOf(flat);
  if (!seals) return recordIn(hash, writtenIn(hash));
  try {
    const written = writtenIn(hash);
    const record = recordIn(hash, written);
    const isItself = record.id === hash.get('sid') && record.userId === userId;
    return isItself && seals.hold(record, sealsIn(hash, written)) ? record : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof NoFacts) return undefined;
    throw error;
  }
}

/** The session id and the version of a hash, as its key and its counter say, whatever else it says. */
export function whichIs(flat: readonly string[]): readonly [sessionId: string, version: string] {
  const hash = mapOf(flat);
  return [hash.get('sid') ?? '', hash.get('version') ?? ''];
}

class NoFacts extends Error {}

function mapOf(flat: readonly string[]): ReadonlyMap<string, string> {
  const hash = new Map<string, string>();
  for (let i = 0; i + 1 < flat.length; i += 2) hash.set(flat[i] ?? '', flat[i + 1] ?? '');
  return hash;
}

type Written = SessionFacts & { readonly seals?: Seals };

function writtenIn(hash: ReadonlyMap<string, string>): Written {
  const written = JSON.parse(hash.get('facts') ?? 'null') as Written | null;
  if (!written) throw new NoFacts('a session in Redis has no facts');
  return written;
}

/**
 * Field by field: nothing else that stands there comes along. And V8 gives objects of a literal one shape; those of a spread and a
 * rest pattern became dictionaries, which took longer to build than all seals to check.
 */
function recordIn(hash: ReadonlyMap<string, string>, written: Written): SessionRecord {
  const facts = { ...written, ...changesIn(hash) };
  const last = hash.get('lastRequestAtMs');
  const rotatedAt = hash.get('rotatedAtMs');
  const token = hash.get('refreshTokenHash') ?? '';
  return {
    id: facts.id,
    userId: facts.userId,
    email: facts.email,
    roles: facts.roles,
    scope: facts.scope,
    generation: facts.generation,
    clientId: facts.clientId,
    authMethods: facts.authMethods,
    acr: facts.acr,
    authenticatedAtMs: facts.authenticatedAtMs,
    ipAddress: facts.ipAddress,
    userAgent: facts.userAgent,
    deviceName: facts.deviceName,
    // Sessions that an earlier version opened lack these two.
    deviceId: facts.deviceId ?? null,
    actorId: facts.actorId ?? null,
    rememberMe: facts.rememberMe,
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
  const changes = [...hash].filter(([name]) => name.startsWith(CHANGED) && !name.startsWith(CHANGED + SEAL));
  return Object.fromEntries(changes.map(([name, json]) => [name.slice(CHANGED.length), JSON.parse(json) as unknown]));
}

/** The seals of the opening, and in their place those of changes. */
function sealsIn(hash: ReadonlyMap<string, string>, { seals }: Written): Seals {
  const prefix = CHANGED + SEAL;
  const later = [...hash].filter(([name]) => name.startsWith(prefix));
  return {
    ...seals,
    ...Object.fromEntries(later.map(([name, json]) => [name.slice(prefix.length), String(JSON.parse(json))])),
  };
}

/** The facts of an opening as they are stored. */
export function factsText(session: SessionFacts, seals: SessionSeals | undefined): string {
  const facts = factsOf(session);
  return JSON.stringify(seals ? { ...facts, seals: seals.of(facts) } : facts);
}

/**
 * Changes as the script stores them: names and JSON texts in turn. What is not said stays.
 *
 * @param whose - what the seals of the changed parts name beside the change
 */
export function changesText(
  whose: Pick<SessionFacts, 'userId'> & Partial<Pick<SessionFacts, 'id'>>,
  changes: Partial<SessionFacts>,
  seals: SessionSeals | undefined,
): string {
  const resealed = Object.entries(seals?.of({ ...whose, ...changes }) ?? {}).map(([part, tag]) => [SEAL + part, tag]);
  const told = [...Object.entries(changes), ...resealed].filter(([, value]) => value !== undefined);
  return JSON.stringify(told.flatMap(([name, value]) => [name, JSON.stringify(value)]));
}

/** A record as the restoring script takes it: what it compares, and the fields of the hash in turn. */
export function toRestore(record: SessionRecord, seals: SessionSeals | undefined): object {
  const { refreshTokenHash, rotatedAtMs, idleTtlMs, version, order, ...session } = record;
  const { createdAtMs, lastAccessAtMs, idleExpiresAtMs, absoluteExpiresAtMs, requestCount, lastRequestAtMs } = session;
  const { ipAddresses, rotation, ...facts } = session;
  const fields: Record<string, string | number | null> = {
    id: record.id,
    facts: factsText(facts, seals),
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
function factsOf(session: SessionFacts): SessionFacts {
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
