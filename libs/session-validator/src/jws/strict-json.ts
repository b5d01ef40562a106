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
  if (repeatsAMember(text)) return { ok: false, message: 'duplicate JSON members' };
  return { ok: true, value };
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const BRACKET_END = 0x5d;
const BRACE = 0x7b;
const BRACE_END = 0x7d;

/** The text is known to be valid JSON, so it is enough to tell strings, brackets and commas apart. */
function repeatsAMember(text: string): boolean {
  // One set of names per open object; `undefined` stands for an open array.
  const open: (Set<string> | undefined)[] = [];
  let nameComesNext = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case QUOTE: {
        const end = endOfString(text, i);
        const names = open.at(-1);
        if (nameComesNext && names) {
          const name = nameBetween(text, i, end);
          if (names.has(name)) return true;
          names.add(name);
          nameComesNext = false;
        }
        i = end;
        break;
      }
      case BRACE:
        open.push(new Set());
        nameComesNext = true;
        break;
      case BRACKET:
        open.push(undefined);
        nameComesNext = false;
        break;
      case BRACE_END:
      case BRACKET_END:
        open.pop();
        nameComesNext = false;
        break;
      case COMMA:
        nameComesNext = open.at(-1) !== undefined;
    }
  }
  return false;
}

/** Decoded where it has to be: `"s\u0075b"` is `"sub"`. */
function nameBetween(text: string, quote: number, end: number): string {
  const name = text.slice(quote + 1, end);
  return name.includes('\\') ? (JSON.parse(`"${name}"`) as string) : name;
}

/** Index of the quote that ends the string that begins at `start`: the first one after an even number of backslashes. */
function endOfString(text: string, start: number): number {
  for (let end = start; ;) {
    end = text.indexOf('"', end + 1);
    let slashes = 0;
    while (text.charCodeAt(end - 1 - slashes) === BACKSLASH) slashes += 1;
    if (slashes % 2 === 0) return end;
  }
}
