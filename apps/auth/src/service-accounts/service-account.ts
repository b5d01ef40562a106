import type { PublicSigningKey } from '@gatehouse/contracts';

/** A secret of a service account. The secret itself is known to the service alone. */
export interface ClientSecret {
  /** Names it, for listing and removing. */
  readonly id: string;
  /** SHA-256 of the text, hex. The text has 256 random bits, so neither salt nor slow hash is needed. */
  readonly hash: string;
  readonly createdAtMs: number;
  /** `null`: until it is removed. */
  readonly expiresAtMs: number | null;
}

/** A public key a service proves itself with (RFC 7523); public members only. */
export type ClientKey = Omit<PublicSigningKey, 'kid'> & { readonly kid?: string };

/** A service that asks for tokens in its own name, with no person behind it. */
export interface ServiceAccount {
  /** `svc_…`; drawn at random, never used again. */
  readonly clientId: string;
  /** For people. */
  readonly name: string;
  readonly roles: readonly string[];
  /** What its tokens may hold, and what it may do here: see `permissions.ts` of the oauth room. */
  readonly scopes: readonly string[];
  /** What its tokens may be meant for; the first when it names none. */
  readonly audiences: readonly string[];
  /** At most {@link MAX_SECRETS}. */
  readonly secrets: readonly ClientSecret[];
  readonly keys: readonly ClientKey[];
  readonly disabledAtMs: number | null;
  /** Tokens issued up to then have been ended, in seconds; 0 when none were. Newer ones are dated later. */
  readonly tokensEndedUpTo: number;
  readonly createdAtMs: number;
  /** Grows with each change, so that two at once do not undo each other. */
  readonly version: number;
}

/** The one in use, and the one that takes its place. */
export const MAX_SECRETS = 2;
export const MAX_KEYS = 4;
