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

/** The text is known to be valid JSON, so it is enough to tell strings, brackets and commas apart. */
function repeatsAMember(text: string): boolean {
  // One set of names per open object; `undefined` stands for an open array.
  const open: (Set<string> | undefined)[] = [];
  let nameComesNext = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') {
      const end = endOfString(text, i);
      const names = open.at(-1);
      if (nameComesNext && names) {
        // Decoded first: `"s\u0075b"` is `"sub"`.
        const name = JSON.parse(text.slice(i, end + 1)) as string;
        if (names.has(name)) return true;
        names.add(name);
        nameComesNext = false;
      }
      i = end;
    } else if (char === '{') {
      open.push(new Set());
      nameComesNext = true;
    } else if (char === '[') {
      open.push(undefined);
      nameComesNext = false;
    } else if (char === '}' || char === ']') {
      open.pop();
      nameComesNext = false;
    } else if (char === ',') {
      nameComesNext = open.at(-1) !== undefined;
    }
  }
  return false;
}

/** Index of the quote that ends the string that begins at `start`. */
function endOfString(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
