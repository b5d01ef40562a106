/**
 * All values that a request brings under a name (RFC 6265 §5.4). As they are: nothing is unquoted or decoded, and no blank but space
 * and tab separates. Servers that are more forgiving have taken names no browser guards for names that it does.
 *
 * @param header - `Cookie`, as Node gives it: several are one by then
 */
export function cookieValues(header: string | undefined, name: string): readonly string[] {
  if (!header?.includes(name)) return [];
  return header.split(';').flatMap((pair) => {
    const at = pair.indexOf('=');
    return at > 0 && unpadded(pair.slice(0, at)) === name ? [unpadded(pair.slice(at + 1))] : [];
  });
}

function unpadded(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start])) start += 1;
  while (end > start && isBlank(text[end - 1])) end -= 1;
  return text.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}
