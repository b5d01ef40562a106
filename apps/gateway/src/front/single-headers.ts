/**
 * Whether `Host` and `Authorization` are there at most once. Node keeps the first and drops the others without a word, while
 * somebody else on the way may judge by the last (RFC 9112 §3.2).
 */
export function saysOnce(rawHeaders: readonly string[]): boolean {
  let [hosts, credentials] = [0, 0];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
    else if (name.length === 13 && name.toLowerCase() === 'authorization') credentials += 1;
  }
  return hosts < 2 && credentials < 2;
}
