import { pathFlaw, type PathFlaw } from './path-flaw.js';

/** A request target taken apart. Routes match `path`, upstreams get `path + query`: nobody decodes anything a second time. */
export interface CanonicalTarget {
  readonly kind: 'path';
  /** Begins with `/`; one spelling for each path (see {@link canonicalPath}). */
  readonly path: string;
  /** Empty, or from the `?` on; to the byte as it came. */
  readonly query: string;
}

export interface RefusedTarget {
  readonly kind: 'refused';
  readonly code: 'VALIDATION_ERROR' | 'URI_TOO_LONG';
  /** For logs and for whoever asks why. Never holds what was sent. */
  readonly flaw: PathFlaw | 'TOO_LONG' | 'NOT_A_PATH' | 'FOREIGN_HOST';
}

/** What may be let through that is refused otherwise. Neither lets a path be read as another one. */
export interface PathRules {
  /**
   * Parameters behind a segment (`/a;v=1/b`). Passed, they go on as they came, and no route is chosen by them: servers that cut them
   * off, and those that do not, are guarded by the same route.
   *
   * @default 'refuse'
   */
  readonly semicolons?: 'refuse' | 'pass';
  /** `//`. Merged, one `/` is what is judged and sent. @default 'refuse' */
  readonly emptySegments?: 'refuse' | 'merge';
}

export interface CanonicalPathOptions extends PathRules {
  /** Whole request target, in characters. @default 8192 */
  readonly maxLength?: number;
  /**
   * Whether an absolute-form target (`GET http://host/path`, RFC 9112 §3.2.2) may name this host. Asked with the lower-case host,
   * without a trailing dot, with the port where it is not the default one.
   *
   * @default none may
   */
  readonly isOwnHost?: (host: string) => boolean;
}

const MAX_LENGTH = 8_192;

/**
 * The one reading of a request target, made once, before anything is decided by it. What is refused is what servers behind a
 * gateway are known to read in another way than the gateway did: encoded slashes, backslashes, dots, semicolons, NULs; dot
 * segments, bytes that are not UTF-8, a percent sign encoded twice; bare semicolons and empty segments but by {@link PathRules}.
 *
 * What is left has one spelling: escapes of unreserved characters are decoded (`%61` is `a`), the rest have upper-case digits
 * (RFC 3986 §6.2.2), and what browsers send without escaping though they should (`[ ] ^ |`) is escaped. Escapes of reserved
 * characters stay, since they mean something else than the characters: `%3A` is not `:`. A literal in a route pattern should
 * therefore hold unreserved characters only; those cannot be spelt otherwise.
 *
 * @param rawTarget - `request.url` as it came
 */
export function canonicalPath(rawTarget: string, options: CanonicalPathOptions = {}): CanonicalTarget | RefusedTarget {
  if (rawTarget.length > (options.maxLength ?? MAX_LENGTH)) return refused('TOO_LONG', 'URI_TOO_LONG');
  const target = rawTarget.charCodeAt(0) === SLASH ? rawTarget : originForm(rawTarget, options.isOwnHost);
  if (typeof target !== 'string') return target;

  const mark = target.indexOf('?');
  const asSent = mark < 0 ? target : target.slice(0, mark);
  const rawPath = options.emptySegments === 'merge' ? asSent.replace(/\/{2,}/g, '/') : asSent;
  const query = mark < 0 ? '' : target.slice(mark);
  if (query !== '' && !QUERY.test(query)) return refused('INVALID_CHARACTER');
  if (PLAIN.test(rawPath)) return { kind: 'path', path: rawPath, query };

  const { semicolons } = options;
  const flaw = pathFlaw(rawPath, semicolons);
  if (flaw) return refused(flaw);
  const path = spelled(rawPath);
  // `%25%32%66` hides a double encoding until the digits are decoded.
  const again = path === rawPath ? undefined : pathFlaw(path, semicolons);
  return again ? refused(again) : { kind: 'path', path, query };
}

const SLASH = 0x2f;
/** Nearly every path: segments of unreserved characters that neither begin with a dot nor are empty. Linear: no two ways to match. */
const PLAIN = /^(?:\/|(?:\/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)+\/?)$/;
/** Visible bytes without `#`; bytes beyond ASCII are no valid URI, but a query is not ours to judge. */
const QUERY = /^[\x21\x22\x24-\x7e\x80-\xff]*$/;
const ABSOLUTE = /^https?:\/\/([^/?#@\\]*)(.*)$/is;

function originForm(target: string, isOwnHost: CanonicalPathOptions['isOwnHost']): string | RefusedTarget {
  const [, authority, rest] = ABSOLUTE.exec(target) ?? [];
  if (authority === undefined || rest === undefined) return refused('NOT_A_PATH');
  const scheme = target.slice(0, target.indexOf(':')).toLowerCase();
  const host = authority
    .toLowerCase()
    .replace(scheme === 'https' ? /:443$/ : /:80$/, '')
    .replace(/\.(?=$|:)/, '');
  if (host === '' || !isOwnHost?.(host)) return refused('FOREIGN_HOST');
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : refused('NOT_A_PATH');
}

/** Only for a path without flaws: each `%` begins an escape. */
function spelled(path: string): string {
  return path
    .replace(/%[0-9a-fA-F]{2}/g, (escape) => {
      const character = String.fromCharCode(parseInt(escape.slice(1), 16));
      return UNRESERVED.test(character) ? character : escape.toUpperCase();
    })
    .replace(/[[\]^|]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

const UNRESERVED = /^[A-Za-z0-9_~-]$/;

function refused(flaw: RefusedTarget['flaw'], code: RefusedTarget['code'] = 'VALIDATION_ERROR'): RefusedTarget {
  return { kind: 'refused', code, flaw };
}
