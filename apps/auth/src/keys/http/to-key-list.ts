import type { KeyDto, KeyListDto } from './admin-keys.dto.js';
import type { KeyList } from '../rotation/list-keys.js';
import type { PastKey, SigningKey } from '../signing/signing-key.js';

/** Field by field, so that nothing of a key gets out by accident. */
export function toKeyListDto({ set, past, nextRotationAtMs }: KeyList): KeyListDto {
  return {
    keys: [...set.keys.map(publishedKey), ...past.map(pastKey)],
    version: set.version,
    next_rotation_at: instant(nextRotationAtMs),
  };
}

function publishedKey(key: SigningKey): KeyDto {
  return {
    kid: key.kid,
    alg: key.publicKey.alg,
    state: key.state,
    published: true,
    created_at: new Date(key.createdAtMs).toISOString(),
    activated_at: instant(key.activatedAtMs),
    retired_at: instant(key.retiredAtMs),
    published_until: instant(key.publishedUntilMs),
    ended_at: null,
    reason: null,
  };
}

function pastKey(key: PastKey): KeyDto {
  return {
    kid: key.kid,
    alg: key.alg,
    state: key.ending,
    published: false,
    created_at: new Date(key.createdAtMs).toISOString(),
    activated_at: instant(key.activatedAtMs),
    retired_at: null,
    published_until: null,
    ended_at: instant(key.endedAtMs),
    reason: key.reason ?? null,
  };
}

function instant(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
