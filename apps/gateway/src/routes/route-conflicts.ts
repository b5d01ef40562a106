import { intersection, patternKey, type RoutePattern } from './route-pattern.js';
import type { RouteEntry } from './route-table.js';

/** A route that cannot stand as it is. */
export interface RouteConflict {
  /** Of the later one of the two, in the order of the entries. */
  readonly index: number;
  readonly otherIndex?: number;
  readonly message: string;
}

/** What the gateway answers itself, before any route is looked at. */
export const OWN_PATHS: readonly string[] = ['/health', '/ready', '/metrics'];
export const OWN_PREFIX = '_gw';

/**
 * What would surprise whoever wrote the routes: the same path and method twice, a route that no request reaches, and two
 * patterns that cross. Of crossing ones neither is the narrower, so which of them decides would hang on a rule that nobody
 * has in mind; where the paths they share have a route of their own, there is nothing to guess.
 */
export function routeConflicts(entries: readonly RouteEntry[]): RouteConflict[] {
  const keys = entries.map(({ pattern }) => patternKey(pattern));
  const known = new Set(keys);
  return [
    ...entries.flatMap((entry, index) => ownPath(entry, index)),
    ...sameTwice(entries, keys),
    ...crossing(entries, keys, known),
    ...entries.flatMap((entry, index) => (isCovered(entry.pattern, known) ? [covered(index)] : [])),
  ];
}

function ownPath({ pattern }: RouteEntry, index: number): RouteConflict[] {
  const [first] = pattern.segments;
  const isOwn = first?.kind === 'literal' && (first.text === OWN_PREFIX || OWN_PATHS.includes(patternKey(pattern)));
  return isOwn ? [{ index, message: 'is never reached: the gateway itself answers this path' }] : [];
}

function sameTwice(entries: readonly RouteEntry[], keys: readonly string[]): RouteConflict[] {
  const taken = new Map<string, number>();
  return entries.flatMap(({ methods }, index) => {
    const wanted = (methods.length === 0 ? ['all'] : methods).map((method) => `${method} ${keys[index] ?? ''}`);
    const again = wanted.find((want) => taken.has(want));
    for (const want of wanted) if (!taken.has(want)) taken.set(want, index);
    if (again === undefined) return [];
    const method = methods.length === 0 ? 'all methods' : (again.split(' ')[0] ?? '');
    return [
      { index, otherIndex: taken.get(again) ?? 0, message: `takes ${method} of the same paths as an earlier route` },
    ];
  });
}

function crossing(
  entries: readonly RouteEntry[],
  keys: readonly string[],
  known: ReadonlySet<string>,
): RouteConflict[] {
  const found: RouteConflict[] = [];
  for (const [index, { pattern }] of entries.entries()) {
    for (let otherIndex = 0; otherIndex < index; otherIndex += 1) {
      const other = entries[otherIndex];
      const shared = other && intersection(pattern, other.pattern);
      if (!shared || shared.text === keys[index] || shared.text === keys[otherIndex] || known.has(shared.text))
        continue;
      const message = `crosses an earlier route: both take ${shared.text}, and neither is the narrower; give ${shared.text} a route of its own`;
      found.push({ index, otherIndex, message });
    }
  }
  return found;
}

/** Whether `/a/**` is left nothing by `/a`, `/a/` and `/a/*` with everything below it. */
function isCovered(pattern: RoutePattern, known: ReadonlySet<string>): boolean {
  if (!pattern.rest) return false;
  const { segments } = pattern;
  const has = (rest: boolean, ...more: RoutePattern['segments']) =>
    known.has(patternKey({ text: '', rest, segments: [...segments, ...more] }));
  const itself = segments.length === 0 || has(false);
  return itself && has(false, { kind: 'literal', text: '' }) && has(true, { kind: 'any' });
}

function covered(index: number): RouteConflict {
  return { index, message: 'is never reached: narrower routes take all of its paths' };
}
