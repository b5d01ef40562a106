/** A script's `1` or `0`. */
export function flag(reply: unknown): boolean {
  return reply === 1;
}
