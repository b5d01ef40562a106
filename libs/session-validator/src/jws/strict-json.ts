export type StrictJson =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/**
 * `JSON.parse` that refuses duplicate member names at any depth. RFC 7515 §4 and RFC 7519 §4 leave "last one wins" to the
 * parser, so `{"sub":"1","sub":"2"}` may name one user here and another in the service next door.
 */
export function parseStrictJson(text: string): StrictJson {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, message: 'not JSON' };
  }
  // Of two members with one name only one is left.
  if (namesIn(text) !== membersOf(value)) return { ok: false, message: 'duplicate JSON members' };
  return { ok: true, value };
}

const QUOTE = 0x22;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** How many member names there are at any depth: in valid JSON, a colon outside a string stands behind each. */
function namesIn(text: string): number {
  let names = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) i = endOfString(text, i);
    else if (code === COLON) names += 1;
  }
  return names;
}

/** How many members the parsed value has at any depth. Without recursion: how deep it goes is the sender's choice. */
function membersOf(value: unknown): number {
  let members = 0;
  let next: object | undefined = isNested(value) ? value : undefined;
  const rest: object[] = [];
  for (; next; next = rest.pop()) {
    const inside: unknown[] = Object.values(next);
    if (!Array.isArray(next)) members += inside.length;
    for (const each of inside) if (isNested(each)) rest.push(each);
  }
  return members;
}

const isNested = (value: unknown): value is object => typeof value === 'object' && value !== null;

/** Index of the quote that ends the string that begins at `start`: the first one after an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = start; ;) {
    end = text.indexOf('"', end + 1);
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}
