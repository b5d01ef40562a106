/** What Node, Express and Fastify all give of a request. */
export interface RequestHead {
  /** What is not known to be harmless is taken for harmful. */
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Names and values in turn, as they came. Node drops a second `Authorization`; only here it can be seen. */
  readonly rawHeaders?: readonly string[];
}

/** Several credentials at once, or text that is no token: which one is meant must not be guessed (RFC 6750 §3.1). */
export const MALFORMED = Symbol('malformed credentials');

const SCHEME = 'bearer ';
const SPACE = 0x20;

/**
 * The bearer token of a request (RFC 6750 §2.1), the empty string when there is none. Only the header is read: tokens in
 * addresses end up in logs (RFC 6750 §5.3).
 *
 * @param request - of Node, Express or Fastify
 */
export function bearerToken(request: RequestHead): string | typeof MALFORMED {
  if (request.headers['authorization'] === undefined) return '';
  const value = onlyAuthorization(request);
  if (value === undefined) return MALFORMED;
  if (value.slice(0, SCHEME.length).toLowerCase() !== SCHEME) return '';
  const token = withoutSpacesAround(value, SCHEME.length);
  return token.includes(' ') || token.includes(',') ? MALFORMED : token;
}

/** The value of the one Authorization header of a request; `undefined` where there is none, or more than one. */
export function onlyAuthorization({ headers, rawHeaders }: RequestHead): string | undefined {
  const value = headers['authorization'];
  return typeof value !== 'string' || (rawHeaders && countAuthorization(rawHeaders) > 1) ? undefined : value;
}

/** Spaces only: what else `trim` takes for blank is part of the text, and no token begins or ends in it. */
function withoutSpacesAround(text: string, from: number): string {
  let [start, end] = [from, text.length];
  while (start < end && text.charCodeAt(start) === SPACE) start += 1;
  while (end > start && text.charCodeAt(end - 1) === SPACE) end -= 1;
  return text.slice(start, end);
}

function countAuthorization(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 13 && name.toLowerCase() === 'authorization') count += 1;
  }
  return count;
}
