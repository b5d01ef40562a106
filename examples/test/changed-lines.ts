/** Lines a diff from `before` to `after` shows: those taken out and those put in; a line that was altered counts twice. */
export function changedLines(before: string, after: string): number {
  const old = before.split('\n');
  const now = after.split('\n');
  return old.length + now.length - 2 * longestCommon(old, now);
}

function longestCommon(old: readonly string[], now: readonly string[]): number {
  let row: number[] = new Array<number>(now.length + 1).fill(0);
  for (const line of old) {
    const next = [0];
    for (const [i, other] of now.entries()) {
      next.push(line === other ? (row[i] ?? 0) + 1 : Math.max(row[i + 1] ?? 0, next[i] ?? 0));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
