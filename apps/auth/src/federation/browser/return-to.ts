/** Longest way back that is taken. */
export const MAX_RETURN_TO = 1_024;

/** What a path may be made of here, escapes included (RFC 3986 §3.3, §3.4). No backslash: browsers take it for a slash. */
const PLAIN = /^\/(?!\/)[\w\-.~!$&'()*+,;=:@%/?]*$/;
/** Escapes of what would have been refused in the clear: slashes, backslashes, controls, dots, and escapes themselves. */
const HIDDEN = /%(?:2f|5c|2e|25|[01][\da-f]|7f)/i;
const DOT_SEGMENT = /\/\.{1,2}(?:[/?]|$)/;
const BASE = 'https://return.invalid';

/**
 * Whether a text may say where a browser goes once somebody has signed in: a path of the application, with or without a query, that no
 * browser reads as anything else. No fragment: what the application gets stands there.
 */
export function isReturnTo(text: string): boolean {
  if (text.length > MAX_RETURN_TO || !PLAIN.test(text)) return false;
  const [path = ''] = text.split('?', 1);
  if (HIDDEN.test(path) || path.includes('//') || DOT_SEGMENT.test(text)) return false;
  // The last word has the parser that browsers share.
  return URL.canParse(text, BASE) && new URL(text, BASE).href === `${BASE}${text}`;
}
