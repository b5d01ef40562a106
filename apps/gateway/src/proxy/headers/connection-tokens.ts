const NOTHING: ReadonlySet<string> = new Set();

/**
 * The lower-case names that `Connection` lists (RFC 9110 §7.6.1): headers for us alone. Nearly always there are none.
 *
 * @param value - of all `Connection` headers, joined by commas
 */
export function listedByConnection(value: string | undefined): ReadonlySet<string> {
  if (value === undefined || PLAIN.test(value)) return NOTHING;
  return new Set(value.split(',').map((token) => token.trim().toLowerCase()));
}

const PLAIN = /^(?:keep-alive|close|upgrade)$/i;
