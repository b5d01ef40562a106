import { createHmac, createSecretKey, hkdfSync, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { SessionFacts } from './replies.js';

/** What a session grants, in parts that change apart from each other. */
const PARTS = {
  origin: ['id', 'userId', 'clientId', 'deviceId', 'actorId'],
  rights: ['userId', 'roles', 'scope', 'generation'],
  authenticatedAtMs: ['id', 'authenticatedAtMs'],
  authMethods: ['id', 'authMethods'],
  acr: ['id', 'acr'],
} as const satisfies Readonly<Record<string, readonly (keyof SessionFacts)[]>>;

type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

/** A tag by the part it seals. */
export type Seals = Readonly<Partial<Record<Part, string>>>;

const TAG_BYTES = 16;

/**
 * Tags on what a session grants. Redis decides which sessions live; it must not decide what they may do. A refresh signs what the
 * session says, so whoever writes to Redis could otherwise become anybody.
 *
 * What is not sealed says nothing about rights: deadlines, addresses, names, counts. Nor does a seal tell an old truth from the
 * present one; that is what generations, the numbers of refresh tokens and the ledger are for.
 */
export class SessionSeals {
  private readonly keys: readonly [KeyObject, ...KeyObject[]];

  /**
   * @param masterKey - 32 bytes, shared by all instances
   * @param otherMasterKey - its seals hold too; for the time in which the master key is being changed
   * @param unsealed - what becomes of sessions without seals, or with others. `adopt` takes their word, for as long as instances
   *   that do not seal are at work beside this one
   */
  constructor(
    masterKey: Buffer,
    otherMasterKey?: Buffer,
    private readonly unsealed: 'refuse' | 'adopt' = 'refuse',
  ) {
    this.keys = [keyFrom(masterKey), ...(otherMasterKey ? [keyFrom(otherMasterKey)] : [])];
  }

  /** Seals for every part these facts tell in full. */
  of(facts: Partial<SessionFacts>): Seals {
    const told = NAMES.filter((part) => PARTS[part].every((name) => facts[name] !== undefined));
    return Object.fromEntries(told.map((part) => [part, tagOf(this.keys[0], part, facts).toString('base64url')]));
  }

  /** Whether every part is as it was sealed. */
  hold(facts: SessionFacts, seals: Seals): boolean {
    if (this.unsealed === 'adopt') return true;
    return NAMES.every((part) => {
      const given = Buffer.from(seals[part] ?? '', 'base64url');
      if (given.length !== TAG_BYTES) return false;
      return this.keys.some((key) => timingSafeEqual(tagOf(key, part, facts), given));
    });
  }
}

function tagOf(key: KeyObject, part: Part, facts: Partial<SessionFacts>): Buffer {
  const text = JSON.stringify([part, ...PARTS[part].map((name) => facts[name])]);
  return createHmac('sha256', key).update(text).digest().subarray(0, TAG_BYTES);
}

function keyFrom(masterKey: Buffer): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'gatehouse session seal v1', 32)));
}
