import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { EndpointName } from './lies.js';

/** What somebody asked of the scripted provider. */
export interface RecordedRequest {
  readonly endpoint: EndpointName;
  readonly method: string;
  readonly url: URL;
  /** Path segment before the endpoint: a tenant, `common` .. (Entra-shaped only). */
  readonly segment: string;
  readonly headers: IncomingHttpHeaders;
  /** The body, as it came. */
  readonly body: string;
  /** Form fields of the body, or of the query where there is no body. */
  readonly form: URLSearchParams;
}

export async function record(
  request: IncomingMessage,
  url: URL,
  place: { readonly endpoint: EndpointName; readonly segment: string },
): Promise<RecordedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString();
  return {
    ...place,
    method: request.method ?? 'GET',
    url,
    headers: request.headers,
    body,
    form: body === '' ? url.searchParams : new URLSearchParams(body),
  };
}
