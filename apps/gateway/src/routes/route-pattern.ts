import { canonicalPath } from '../paths/canonical-path.js';

/** One step of a pattern: a text, decoded, or any one segment that is not empty (`*`, `{name}`). */
export type PatternSegment = { readonly kind: 'literal'; readonly text: string } | { readonly kind: 'any' };

/**
 * Where a route applies. `/a/b` is that path alone, `*` or `{name}` one segment, and `/**` at the end the path before it
 * and everything below. Upper and lower case differ, and so do `/a` and `/a/`.
 */
export interface RoutePattern {
  /** As it was written. */
  readonly text: string;
  readonly segments: readonly PatternSegment[];
  /** Ends in `/**`. */
  readonly rest: boolean;
}

export type ParsedPattern =
  { readonly ok: true; readonly pattern: RoutePattern } | { readonly ok: false; readonly fault: string };

const MAX_LENGTH = 1_024;
const MAX_SEGMENTS = 32;
const NAMED = /^\{[A-Za-z][A-Za-z0-9_-]*\}$/;

/** Faults say what to write instead, and quote nothing. */
export function parsePattern(text: string): ParsedPattern {
  const fault = whyNoPattern(text);
  if (fault !== undefined) return { ok: false, fault };
  const rest = text.endsWith('/**');
  const fixed = rest ? text.slice(0, -3) : text;
  const parts = fixed === '' ? [] : fixed.slice(1).split('/');
  return { ok: true, pattern: { text, segments: parts.map(toSegment), rest } };
}

function toSegment(part: string): PatternSegment {
  return part === '*' || NAMED.test(part) ? { kind: 'any' } : { kind: 'literal', text: decodeSegment(part) };
}

/** Of a canonical path, in which every escape is sound. An upstream may decode, so what decodes alike matches alike. */
export function decodeSegment(segment: string): string {
  return segment.includes('%') ? decodeURIComponent(segment) : segment;
}

function whyNoPattern(text: string): string | undefined {
  if (!text.startsWith('/')) return 'must begin with /';
  if (text.length > MAX_LENGTH) return `must not be longer than ${MAX_LENGTH} characters`;
  if (/[?#]/.test(text)) return 'must be a path alone: neither query nor fragment takes part in the choice of a route';
  const parts = text.slice(1).split('/');
  if (parts.length > MAX_SEGMENTS) return `must not have more than ${MAX_SEGMENTS} segments`;
  for (const [index, part] of parts.entries()) {
    const fault = whyNoSegment(part, index === parts.length - 1);
    if (fault !== undefined) return fault;
  }
  const names = parts.filter((part) => NAMED.test(part));
  return new Set(names).size === names.length ? undefined : 'uses one name for two segments';
}

function whyNoSegment(part: string, isLast: boolean): string | undefined {
  if (part === '**') return isLast ? undefined : 'may have /** at its end only; one segment is *';
  if (part === '*' || NAMED.test(part)) return undefined;
  if (part.includes('*')) return 'may have * for a whole segment only, and /** at its end';
  if (/[{}]/.test(part)) return 'may have {name} for a whole segment only';
  if (part === '' && !isLast) return 'must not have // in it: no request gets through with it';
  if (part === '.' || part === '..') return 'must not have . or .. as a segment: no request gets through with them';
  const canonical = canonicalPath(`/${part}`);
  if (canonical.kind === 'refused') {
    return canonical.flaw === 'INVALID_CHARACTER'
      ? 'must be written as browsers send it: characters beyond ASCII and spaces as escapes, such as %C3%A9'
      : `is one that no request gets through with (${canonical.flaw})`;
  }
  return canonical.path === `/${part}`
    ? undefined
    : `must have ${canonical.path.slice(1)} in place of its other spelling`;
}

/** The same for two patterns that take the same paths. */
export function patternKey({ segments, rest }: RoutePattern): string {
  // A literal star is written otherwise than the one that stands for a segment.
  const texts = segments.map((segment) =>
    segment.kind === 'any' ? '*' : segment.text.replace(/[%*]/g, (char) => (char === '*' ? '%2A' : '%25')),
  );
  return texts.map((text) => `/${text}`).join('') + (rest ? '/**' : '');
}

/** The paths that both take, as a pattern; undefined where there are none. */
export function intersection(one: RoutePattern, other: RoutePattern): RoutePattern | undefined {
  const length = Math.max(one.segments.length, other.segments.length);
  if (!reaches(one, length) || !reaches(other, length)) return undefined;
  const segments: PatternSegment[] = [];
  for (let index = 0; index < length; index += 1) {
    const met = meet(one.segments[index], other.segments[index]);
    if (!met) return undefined;
    segments.push(met);
  }
  const both = { segments, rest: one.rest && other.rest, text: '' };
  return { ...both, text: patternKey(both) };
}

const reaches = (pattern: RoutePattern, length: number) => pattern.rest || pattern.segments.length === length;

/** An absent one is covered by the `/**` of its pattern. */
function meet(one: PatternSegment | undefined, other: PatternSegment | undefined): PatternSegment | undefined {
  if (!one || !other) return one ?? other;
  if (one.kind === 'any') return other.kind === 'literal' && other.text === '' ? undefined : other;
  if (other.kind === 'any') return one.text === '' ? undefined : one;
  return one.text === other.text ? one : undefined;
}
