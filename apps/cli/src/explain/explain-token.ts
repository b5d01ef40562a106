import type { RevocationEntry } from '@gatehouse/contracts';
import type { ExplainedStep, Explanation, SessionValidator, Verdict } from '@gatehouse/session-validator';

/** Members that say something to an operator; anything else a token may hold is left out. */
const HEADER_MEMBERS = ['alg', 'typ', 'kid'] as const;
const CLAIMS = [
  'iss',
  'aud',
  'sub',
  'act',
  'sid',
  'jti',
  'client_id',
  'device_id',
  'gen',
  'roles',
  'scope',
  'acr',
  'amr',
] as const;
const TIMES = ['iat', 'nbf', 'exp', 'auth_time'] as const;
const LONGEST_SHOWN = 200;

/** A revocation that concerns the token, with what only its entry knows. */
export type ConcerningRevocation = Pick<RevocationEntry, 'id' | 'scope' | 'reason' | 'cutoff' | 'untilMs'>;

export interface TokenReport {
  readonly accepted: boolean;
  /** `null` when it is accepted. */
  readonly reason: string | null;
  readonly message: string | null;
  /** What follows was said by the token and is not proven, because its signature does not stand. */
  readonly unproven: boolean;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** Seconds from now; negative for what lies in the past. */
  readonly secondsFromNow: Readonly<Record<string, number>>;
  readonly steps: readonly ExplainedStep[];
  readonly revocations: readonly ConcerningRevocation[];
  readonly feed: { readonly state: string; readonly ageSeconds: number | null; readonly entries: number };
  readonly keys: { readonly version: number | null; readonly count: number };
}

/** Collects what the feed tells about one token. Register it before the list is read. */
export class RevocationsOf {
  private readonly values: ReadonlySet<string>;
  private readonly seen: RevocationEntry[] = [];

  constructor(token: string) {
    this.values = valuesIn(token);
  }

  readonly hear = (entry: RevocationEntry): void => {
    if (this.values.has(`${entry.scope}:${entry.value}`)) this.seen.push(entry);
  };

  /** Those that are in force against it, by the steps that failed. */
  against(steps: readonly ExplainedStep[]): ConcerningRevocation[] {
    const failed = new Set(steps.filter(({ outcome }) => outcome === 'failed').map(({ check }) => String(check)));
    return this.seen
      .filter(({ scope }) => failed.has(`revoked:${scope}`))
      .map(({ id, scope, reason, cutoff, untilMs }) => ({ id, scope, reason, cutoff, untilMs }));
  }
}

/** Everything there is to say about a token right now, except the token. */
export function reportOn(
  token: string,
  validator: SessionValidator,
  revocations: RevocationsOf,
  nowMs: number,
): TokenReport {
  const { verdict, steps, header = {}, claims = {} } = validator.explain(token);
  const { feed, keys } = validator.health();
  return {
    ...verdictOf(verdict),
    unproven: !steps.some(({ check, outcome }) => check === 'signature' && outcome === 'passed'),
    header: shown(header, HEADER_MEMBERS),
    claims: shown(claims, [...CLAIMS, ...TIMES]),
    secondsFromNow: timesOf(claims, nowMs),
    steps,
    revocations: revocations.against(steps),
    feed: { state: feed.state, ageSeconds: feed.ageSeconds, entries: feed.entries },
    keys: { version: keys.version, count: keys.count },
  };
}

function verdictOf(verdict: Verdict): Pick<TokenReport, 'accepted' | 'reason' | 'message'> {
  return verdict.ok
    ? { accepted: true, reason: null, message: null }
    : { accepted: false, reason: verdict.reason, message: verdict.message };
}

function shown(members: Explanation['claims'] & object, names: readonly string[]): Record<string, unknown> {
  const present = names.filter((name) => Object.hasOwn(members, name));
  return Object.fromEntries(present.map((name) => [name, bounded(members[name])]));
}

/** A member can be anything, as long as the token allows: a kilobyte of noise, or an object. */
function bounded(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return value;
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  if (text.length > LONGEST_SHOWN) return `${text.slice(0, LONGEST_SHOWN)}… (${text.length} characters)`;
  return value;
}

function timesOf(claims: Readonly<Record<string, unknown>>, nowMs: number): Record<string, number> {
  const given = TIMES.flatMap((name) => {
    const value = claims[name];
    return Number.isSafeInteger(value) ? [[name, (value as number) - Math.round(nowMs / 1000)] as const] : [];
  });
  return Object.fromEntries(given);
}

/** `scope:value` of everything a revocation of this token could name, read without trust. */
function valuesIn(token: string): Set<string> {
  const [header, payload] = token.slice(0, 16_384).split('.', 2).map(decoded);
  const named = [
    ['sid', payload?.['sid']],
    ['jti', payload?.['jti']],
    ['sub', payload?.['sub']],
    ['client', payload?.['client_id']],
    ['device', payload?.['device_id']],
    ['kid', header?.['kid']],
  ].flatMap(([scope, value]) => (typeof value === 'string' ? [`${String(scope)}:${value}`] : []));
  return new Set([...named, 'before:*']);
}

function decoded(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
