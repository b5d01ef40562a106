import type { IncomingHttpHeaders } from 'node:http';

/** A response as Express has it (`appendHeader`) or as Fastify has it (`header`). */
export interface PassportResponse {
  appendHeader?(name: string, value: string): unknown;
  header?(name: string, value: string): unknown;
}

/** What requests of Express and Fastify have in common, as far as a sign-in needs it. */
export interface PassportRequest {
  readonly url?: string;
  readonly originalUrl?: string;
  readonly headers: IncomingHttpHeaders;
  /** Express sets it; on Fastify {@link usePassportOnFastify} does. */
  readonly res?: PassportResponse;
}

/** The query as it came, doubled parameters included. Cut out by hand: `//[` is a target that HTTP carries and no URL. */
export function queryOf({ originalUrl, url }: PassportRequest): URLSearchParams {
  const target = originalUrl ?? url ?? '';
  const start = target.indexOf('?');
  return new URLSearchParams(start === -1 ? '' : target.slice(start + 1));
}

/** Undefined also where a cookie came twice: nobody can say which is ours. */
export function cookieOf({ headers }: PassportRequest, name: string): string | undefined {
  const values = (headers.cookie ?? '')
    .split(/; */)
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1));
  return values.length === 1 ? values[0] : undefined;
}

/** @throws {Error} where the response cannot be reached from the request. */
export function addCookie({ res }: PassportRequest, line: string): void {
  if (res?.appendHeader) res.appendHeader('set-cookie', line);
  else if (res?.header) res.header('set-cookie', line);
  else throw new Error('No response to set a cookie on. On Fastify call usePassportOnFastify(app) once, at the start.');
}
