/** Why a path can be read in two ways. Stable; safe to log. */
export type PathFlaw =
  | 'INVALID_CHARACTER'
  | 'INVALID_ESCAPE'
  | 'ENCODED_SEPARATOR'
  | 'ENCODED_DOT'
  | 'ENCODED_CONTROL'
  | 'DOUBLE_ENCODING'
  | 'NOT_UTF8'
  | 'LOOKALIKE'
  | 'SEMICOLON'
  | 'BACKSLASH'
  | 'DOT_SEGMENT'
  | 'EMPTY_SEGMENT';

/** `pchar` and `/` (RFC 3986 §3.3) without `;`, and four that browsers send bare. */
const CHARACTERS = /^[A-Za-z0-9._~!$&'()*+,=:@/%[\]^|-]*$/;

const DOT_SEGMENT = /\/\.{1,2}(?=\/|$)/;

/** The first flaw of a path that begins with `/`; `undefined` where everybody reads it alike. */
export function pathFlaw(path: string, semicolons: 'refuse' | 'pass' = 'refuse'): PathFlaw | undefined {
  if (path.includes('\\')) return 'BACKSLASH';
  const hasParameters = path.includes(';');
  if (hasParameters && semicolons === 'refuse') return 'SEMICOLON';
  if (!CHARACTERS.test(hasParameters ? path.replaceAll(';', '') : path)) return 'INVALID_CHARACTER';
  // As servers read it that cut parameters off: `/..;x/` climbs there.
  const names = hasParameters ? withoutParameters(path) : path;
  if (names.includes('//')) return 'EMPTY_SEGMENT';
  if (DOT_SEGMENT.test(names)) return 'DOT_SEGMENT';
  return path.includes('%') ? escapeFlaw(path) : undefined;
}

/** A path or a segment without what stands behind `;` in each segment (RFC 3986 §3.3). */
export function withoutParameters(path: string): string {
  return path.includes(';') ? path.replace(/;[^/]*/g, '') : path;
}

function escapeFlaw(path: string): PathFlaw | undefined {
  for (let at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 3)) {
    const digits = path.slice(at + 1, at + 3);
    if (!/^[0-9a-fA-F]{2}$/.test(digits)) return 'INVALID_ESCAPE';
    const byte = parseInt(digits, 16);
    if (byte < 0x20 || byte === 0x7f) return 'ENCODED_CONTROL';
    if (byte === 0x2f || byte === 0x5c || byte === 0x3b) return 'ENCODED_SEPARATOR';
    if (byte === 0x2e) return 'ENCODED_DOT';
    if (byte === 0x25 && /^[0-9a-fA-F]{2}/.test(path.slice(at + 3, at + 5))) return 'DOUBLE_ENCODING';
  }
  return /%[89a-fA-F]/.test(path) ? beyondAscii(path) : undefined;
}

/** Over-long UTF-8 is `/` to lenient decoders, and compatibility forms (`．`, `／`) become `.` and `/` where names are folded. */
function beyondAscii(path: string): PathFlaw | undefined {
  let text: string;
  try {
    text = decodeURIComponent(path);
  } catch {
    return 'NOT_UTF8';
  }
  if (/[\u0080-\u009f\u2028\u2029]/.test(text)) return 'ENCODED_CONTROL';
  const folded = text.normalize('NFKC');
  return separators(folded) > separators(text) || DOT_SEGMENT.test(folded) ? 'LOOKALIKE' : undefined;
}

function separators(text: string): number {
  return text.match(/[/\\;%?#]/g)?.length ?? 0;
}
