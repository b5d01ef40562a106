/**
 * The `Cookie` header without our own cookies. The others keep their order and their bytes.
 *
 * @returns undefined where nothing is left
 */
export function withoutOwnCookies(header: string, own: readonly string[]): string | undefined {
  // Nothing to look for: the usual case on public routes, and no other than this one may be sent on unread.
  if (!own.some((name) => header.includes(name))) return header;
  if (!header.includes(';')) return own.includes(nameOf(header)) ? undefined : header;
  const kept = header.split(';').filter((pair) => !own.includes(nameOf(pair)));
  const rest = kept.join(';').trim();
  return rest === '' ? undefined : rest;
}

/** Whether the header holds one of our cookies. */
export function holdsOwnCookie(header: string, own: readonly string[]): boolean {
  return own.some((name) => header.includes(name)) && header.split(';').some((pair) => own.includes(nameOf(pair)));
}

/**
 * Whether a `Set-Cookie` of an upstream would make a cookie that comes back as one of ours. A cookie without a name
 * (`=__Host-gw=x`) comes back as its value, which browsers before 2023 let pass.
 */
export function setsOwnCookie(setCookie: string, own: readonly string[]): boolean {
  const pair = (setCookie.split(';', 1)[0] ?? '').replace(/^[\s=]+/, '');
  const name = nameOf(pair).toLowerCase();
  return own.some((one) => one.toLowerCase() === name);
}

function nameOf(pair: string): string {
  const equals = pair.indexOf('=');
  return (equals < 0 ? pair : pair.slice(0, equals)).trim();
}
