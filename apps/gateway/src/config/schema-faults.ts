import type { z } from 'zod';
import type { FaultPath } from './config-fault.js';

type Issue = z.core.$ZodIssue;

/** Members people bring along from elsewhere, and where they belong. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  maxPerUser: 'the auth service limits sessions (MAX_SESSIONS_PER_USER)',
  roleMap: 'the auth service turns roles of a provider into its own',
  jwt: 'the gateway makes no tokens; `identity: token` sends that of the auth service',
  replicas: 'it belongs under server',
  trustedProxies: 'it belongs under server',
  publicUrl: 'it belongs under server',
};

export interface SchemaFault {
  readonly path: FaultPath;
  readonly message: string;
}

/**
 * What the schema found, in words. No message holds what was written.
 *
 * @param keysAt the keys that would be known in the place of an unknown one
 * @param isThere whether anything stands at a place
 */
export function schemaFaults(
  issues: readonly Issue[],
  known: (path: FaultPath) => readonly string[],
  isThere: (path: FaultPath) => boolean,
): SchemaFault[] {
  const told = new Set<string>();
  // Of one setting the first fault is enough: the others follow from it.
  return issues
    .flatMap((issue) => faultsOf(issue, [], known, isThere))
    .filter(({ path }) => !told.has(JSON.stringify(path)) && told.add(JSON.stringify(path)));
}

function faultsOf(
  issue: Issue,
  above: FaultPath,
  known: (path: FaultPath) => readonly string[],
  isThere: (path: FaultPath) => boolean,
): SchemaFault[] {
  const path = [...above, ...(issue.path as FaultPath)];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, known(path)) }));
  }
  if (issue.code === 'invalid_key')
    return [{ path, message: issue.issues[0]?.message ?? 'has a name that cannot be used' }];
  if (issue.code === 'invalid_union') {
    // The alternative that got furthest is the one that was meant.
    const meant = issue.errors.find((branch) => branch.length > 0 && branch.every(isWithin));
    if (meant) return meant.flatMap((inner) => faultsOf(inner, path, known, isThere));
  }
  if (!isThere(path)) return [{ path, message: `is missing: ${said(issue)}` }];
  return [{ path, message: said(issue) }];
}

const isWithin = (issue: Issue) => issue.path.length > 0 || issue.code === 'unrecognized_keys';

function said(issue: Issue): string {
  if (issue.message.startsWith('must ') || issue.code === 'custom') return issue.message;
  // Schemas of other rooms speak as their library does: of types and rules, not of what was written.
  if (issue.code === 'invalid_type') return `must be ${TYPES[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options)) {
    return `must be one of ${issue.options.join(', ')}`;
  }
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'too_small') return `must not be shorter or smaller than ${issue.minimum}`;
  if (issue.code === 'too_big') return `must not be longer or larger than ${issue.maximum}`;
  if (issue.code === 'invalid_format') return `must be a valid ${issue.format}`;
  return 'cannot be used as it is';
}

const TYPES: Readonly<Record<string, string>> = {
  object: 'a group of settings',
  record: 'a group of settings',
  array: 'a list',
  string: 'a text; put it in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function unknownKey(key: string, known: readonly string[]): string {
  const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined;
  if (elsewhere) return `is no setting here: ${elsewhere}`;
  const near = known.filter((candidate) => distance(candidate.toLowerCase(), key.toLowerCase()) <= 2);
  const [best] = near.sort((a, b) => distance(a, key) - distance(b, key));
  return best
    ? `is no setting; ${best} is one`
    : `is no setting here${known.length > 0 ? `; there are ${known.join(', ')}` : ''}`;
}

/** Letters to change, add or take away to get from one to the other (Levenshtein). Long ones are no slips of the pen. */
function distance(one: string, other: string): number {
  if (one.length > 40 || other.length > 40) return 40;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const swap = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap));
    }
    row = next;
  }
  return row[other.length] ?? 40;
}
