import { parseCompactJws, parseJsonObject, type CompactJws } from '../jws/compact.js';
import { headerFault, signatureFault } from '../jws/verify-compact-jws.js';
import { checkClaims, VerifiedAccessToken } from './tokens/claims.js';
import type { KeySet, NamedKey } from './keys/key-set.js';
import type { RevocationReplica } from './revocations/replica.js';
import type { RevocableToken } from './revocations/revocation-check.js';
import { hasAcceptedType, MAX_TOKEN_CHARACTERS } from './tokens/token-verifier.js';
import type { Refused, Verdict } from './verdict.js';

/** What is checked of a token, in this order; `revoked:<scope>` is one look-up in the list. */
export type ExplainedCheck =
  'size' | 'form' | 'type' | 'key' | 'header' | 'signature' | 'claims' | `revoked:${LookedUpScope}` | 'freshness';

type LookedUpScope = 'sid' | 'jti' | 'kid' | 'before' | 'client' | 'device' | 'sub';

/** One check of a token, in the order in which they are made. */
export interface ExplainedStep {
  /** Which check. */
  readonly check: ExplainedCheck;
  /** `skipped`: what it needs did not stand. */
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** For people. Holds no part of the token. */
  readonly detail: string;
}

/** Why a token is accepted or refused. For tools and support; nothing of it belongs into an answer to a client. */
export interface Explanation {
  /** What `check` answers to the same token at the same moment. */
  readonly verdict: Verdict;
  /** Every check, those after the first failure included: a token may be wrong in more than one way. */
  readonly steps: readonly ExplainedStep[];
  /** Header as the token states it, where it can be read at all. True only if `signature` passed. */
  readonly header: Readonly<Record<string, unknown>> | undefined;
  /**
   * Claims as the token states them, `act` among them where somebody acts for another; `undefined` where they cannot be read at all.
   * True only if `signature` passed.
   */
  readonly claims: Readonly<Record<string, unknown>> | undefined;
}

export interface ExplainNeeds {
  readonly keys: KeySet | undefined;
  readonly clockToleranceSeconds: number;
  readonly nowMs: number;
  /** `undefined` where revocation was opted out of. */
  readonly list: Pick<RevocationReplica, 'hasEnded' | 'cutoff'> | undefined;
  readonly isListComplete: boolean;
  readonly listAgeMs: number;
  readonly maxListAgeMs: number;
  /** Whether a service account will do. */
  readonly serviceAccounts: boolean;
}

/** The checks of `verifyToken`, `findRevocation` and the freshness policy, one by one and without stopping. */
export function explainToken(token: string, needs: ExplainNeeds): Omit<Explanation, 'verdict'> {
  const steps: ExplainedStep[] = [];
  const told = (check: ExplainedCheck, fault: string | undefined, fine: string): boolean => {
    steps.push({ check, outcome: fault === undefined ? 'passed' : 'failed', detail: fault ?? fine });
    return fault === undefined;
  };
  const skip = (check: ExplainedCheck, detail: string) => void steps.push({ check, outcome: 'skipped', detail });

  const tooLong = token.length > MAX_TOKEN_CHARACTERS;
  told('size', tooLong ? `longer than ${MAX_TOKEN_CHARACTERS} characters` : undefined, `${token.length} characters`);
  const jws = tooLong ? 'too long to be taken apart' : parseCompactJws(token);
  if (typeof jws === 'string') {
    told('form', jws, '');
    return { steps, header: undefined, claims: undefined };
  }
  told('form', undefined, 'three parts in canonical base64url, header without duplicate members');
  const { header } = jws;
  told('type', hasAcceptedType(header) ? undefined : '"typ" is not that of an access token', 'an access token');

  const named = needs.keys?.find(header['kid']);
  told('key', keyFault(needs.keys, named), `found among ${needs.keys?.count ?? 0}, serves ${named?.key.algorithm}`);
  explainSignature(jws, named, told, skip);

  const payload = parseJsonObject(jws.payload);
  if (typeof payload === 'string') {
    told('claims', `payload: ${payload}`, '');
    return { steps, header, claims: undefined };
  }
  const claims = needs.keys && checkClaims(payload, { ...needs.keys, ...needs }, needs.nowMs, named?.kid);
  if (!claims) skip('claims', 'no keys, so issuer and audience to expect are not known');
  else told('claims', claimsFault(claims, needs), `all there, well typed and in force${actorNote(payload)}`);
  const readable = claims instanceof VerifiedAccessToken ? claims.verdict.claims : revocablePart(payload);
  if (needs.list && readable) explainRevocations(needs.list, readable, named?.kid, told, skip);
  explainFreshness(needs, told, skip);
  return { steps, header, claims: payload };
}

function claimsFault(claims: VerifiedAccessToken | Refused, needs: ExplainNeeds): string | undefined {
  if (!(claims instanceof VerifiedAccessToken)) return claims.message;
  return claims.isOfService && !needs.serviceAccounts
    ? 'it is of a service account, and a person is asked for'
    : undefined;
}

/** Whether it is of somebody in whose place another acts (RFC 8693 §4.1). */
function actorNote(payload: Readonly<Record<string, unknown>>): string {
  return Object.hasOwn(payload, 'act') ? '; somebody else acts in the place of its subject ("act")' : '';
}

type Tell = (check: ExplainedCheck, fault: string | undefined, fine: string) => boolean;
type Skip = (check: ExplainedCheck, detail: string) => void;

function keyFault(keys: KeySet | undefined, named: NamedKey | undefined): string | undefined {
  if (!keys) return 'no keys have been read yet';
  return named ? undefined : `none of the ${keys.count} keys in force has this name`;
}

function explainSignature(jws: CompactJws, named: NamedKey | undefined, told: Tell, skip: Skip): void {
  if (!named) {
    skip('header', 'no key to hold it against');
    skip('signature', 'no key to verify it with');
    return;
  }
  // A header that asks for another algorithm is refused before any cryptography is done.
  if (!told('header', headerFault(jws.header, named.key), 'algorithm is the one the key serves, no extensions')) {
    return skip('signature', 'not tried with this header');
  }
  told('signature', signatureFault(jws, named.key), 'matches the key');
}

function explainRevocations(
  list: NonNullable<ExplainNeeds['list']>,
  token: RevocableToken,
  kid: string | undefined,
  told: Tell,
  skip: Skip,
): void {
  const ended = (scope: 'sid' | 'jti' | 'kid', value: string, what: string) =>
    told(`revoked:${scope}`, list.hasEnded(scope, value) ? `${what} is on the list` : undefined, 'not on the list');
  const upTo = (scope: 'before' | 'client' | 'device', value: string, what: string) => {
    const cutoff = list.cutoff(scope, value);
    const fault = token.iat <= (cutoff ?? -1) ? `${what} up to ${instant(cutoff)} are revoked` : undefined;
    told(`revoked:${scope}`, fault, cutoff === undefined ? 'no cut-off' : `issued after ${instant(cutoff)}`);
  };
  ended('sid', token.sid, 'the session');
  ended('jti', token.jti, 'the token');
  if (kid === undefined) skip('revoked:kid', 'the key has no name');
  else ended('kid', kid, 'the key');
  upTo('before', '*', 'all tokens issued');
  upTo('client', token.client_id, 'tokens issued to this client');
  if (token.device_id === undefined) skip('revoked:device', 'the token names no device');
  else upTo('device', token.device_id, 'tokens issued to this device');
  const least = list.cutoff('sub', token.sub);
  const old = token.gen < (least ?? 0) ? `generation ${token.gen} is below ${least}: rights have changed` : undefined;
  told('revoked:sub', old, least === undefined ? 'no cut-off' : `generation ${least} or later`);
}

function explainFreshness(needs: ExplainNeeds, told: Tell, skip: Skip): void {
  if (!needs.list) return skip('freshness', 'revocations are not looked up');
  if (!needs.isListComplete) return void told('freshness', 'the list of revocations has not been read whole yet', '');
  const age = Number.isFinite(needs.listAgeMs) ? `${(needs.listAgeMs / 1000).toFixed(1)} s` : 'an unknown time';
  const fault = needs.listAgeMs > needs.maxListAgeMs ? `the list was last proven ${age} ago` : undefined;
  told('freshness', fault, `the list was last proven ${age} ago`);
}

/** What revocations are about, where the claims are wrong in some other way but these are there. */
function revocablePart(payload: Readonly<Record<string, unknown>>): RevocableToken | undefined {
  const { sid, jti, sub, gen, iat, client_id: client, device_id: device = '' } = payload;
  const texts = [sid, jti, sub, client, device].every((value) => typeof value === 'string');
  return texts && Number.isSafeInteger(gen) && Number.isSafeInteger(iat) ? (payload as never) : undefined;
}

function instant(seconds: number | undefined): string {
  const ms = (seconds ?? 0) * 1000;
  return Number.isFinite(ms) && Math.abs(ms) < 8.64e15 ? new Date(ms).toISOString() : 'a time out of range';
}
