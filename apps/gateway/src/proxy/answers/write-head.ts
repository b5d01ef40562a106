import type { ServerResponse } from 'node:http';

/**
 * Writes the head of an answer. Headers set on the response before stay, unless named again.
 *
 * @param flat - name, value, name, value …; names may repeat (`Set-Cookie`)
 * @throws {TypeError} where a value could not stand in a header
 */
export function writeHead(response: ServerResponse, status: number, flat: string[]): void {
  if (response.getHeaderNames().length === 0) {
    response.writeHead(status, flat);
    return;
  }
  // Beside headers set one by one, Node keeps only the last of those that repeat.
  const grouped = new Map<string, string[]>();
  for (let at = 0; at < flat.length; at += 2) {
    const name = (flat[at] as string).toLowerCase();
    grouped.set(name, [...(grouped.get(name) ?? []), flat[at + 1] as string]);
  }
  for (const [name, values] of grouped) response.setHeader(name, values.length === 1 ? (values[0] as string) : values);
  response.writeHead(status);
}
