/** Headers as undici read them: name, value, name, value … */
export type RawHeaders = readonly (Buffer | string)[];

/** The first header of this name. @param name - lower case */
export function findHeader(headers: RawHeaders, name: string): string | undefined {
  for (let at = 0; at < headers.length; at += 2) {
    const one = headers[at];
    if (one?.length === name.length && textOf(one).toLowerCase() === name) return textOf(headers[at + 1]);
  }
  return undefined;
}

/** Header bytes are Latin-1 on the wire, whatever they were meant to be. */
export function textOf(part: Buffer | string | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
}
