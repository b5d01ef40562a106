const REDACTED = '[redacted]';
/** What holds a credential or names a person, whatever object it lies in; in small letters, without `-` and `_`. */
const UNSPEAKABLE = new Set([
  ...['password', 'newpassword', 'currentpassword', 'passwordhash', 'secret', 'clientsecret', 'privatekey', 'apikey'],
  ...['token', 'accesstoken', 'refreshtoken', 'idtoken', 'logouttoken', 'csrftoken', 'xcsrftoken', 'assertion'],
  ...['clientassertion', 'codeverifier', 'authorization', 'proxyauthorization', 'cookie', 'cookies', 'setcookie'],
  ...['email', 'emailaddress', 'mail'],
]);
/** Deeper than any fact of ours lies; a circle ends here. */
const MAX_DEPTH = 8;

/**
 * The facts of a log line without the values of what must never be logged. Looked up by name, so it costs a line little; what a text
 * says is not read. Errors are left to whoever describes them.
 */
export function redacted(facts: Record<string, unknown>): Record<string, unknown> {
  return copyOf(facts, 0) as Record<string, unknown>;
}

/** Copied only where something in it changes. */
function copyOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth > MAX_DEPTH) return REDACTED;
  if (Array.isArray(value)) return value.map((one) => copyOf(one, depth + 1));
  // These say by themselves how they look, or are bytes.
  if ('toJSON' in value || ArrayBuffer.isView(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const [name, one] of Object.entries(value)) {
    const spoken = isUnspeakable(name) ? REDACTED : copyOf(one, depth + 1);
    if (spoken !== one) (copy ??= { ...value })[name] = spoken;
  }
  return copy ?? value;
}

function isUnspeakable(name: string): boolean {
  // The longest of them; names of ours are short, those of clients may be anything.
  if (name.length > 24) return false;
  return UNSPEAKABLE.has(name.replace(/[-_]/g, '').toLowerCase());
}
