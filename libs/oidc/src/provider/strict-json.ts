/** A JSON object as it was parsed: its members are its own, whatever they are called. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * An object from JSON text in which no member is named twice, at any depth. RFC 8259 §4 leaves it to the reader which of
 * two it takes: an issuer and we could read different people from one token.
 *
 * @returns undefined for anything else: no JSON, an array, a text, a number, a member twice.
 */
export function parseJsonObject(text: string): JsonObject | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(value)) return undefined;
  return countNames(text) === countMembers(value) ? value : undefined;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of the object itself: `constructor` and its like are none. */
export function own(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** In valid JSON a string before a colon is the name of a member. Each character is looked at once. */
const STRING = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs;

function countNames(text: string): number {
  let names = 0;
  for (const match of text.matchAll(STRING)) if (match[1]) names += 1;
  return names;
}

/** Without recursion: how deep it goes is up to whoever wrote it. */
function countMembers(root: object): number {
  let members = 0;
  const open: object[] = [root];
  for (let next = open.pop(); next; next = open.pop()) {
    const inside: unknown[] = Object.values(next);
    if (!Array.isArray(next)) members += inside.length;
    for (const each of inside) if (typeof each === 'object' && each !== null) open.push(each);
  }
  return members;
}
