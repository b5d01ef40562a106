import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

/** How long a request to one of our own pages may take to arrive, body and all, in ms. None is longer than a form. */
const ARRIVAL_MS = 15_000;

/** Hands requests to whoever serves the gateway's own pages. Proxied uploads may take hours; what comes here may not. */
export function ownRequests(serve: RequestListener): RequestListener {
  return (request, response) => {
    if (!request.complete && bringsBody(request)) endIfSlow(request, response);
    if (request.headers.expect !== undefined) response.writeContinue();
    serve(request, response);
  };
}

function endIfSlow(request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(() => request.socket.destroy(), ARRIVAL_MS).unref();
  const stop = () => clearTimeout(timer);
  request.once('end', stop);
  response.once('close', stop);
}

function bringsBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || headers['content-length'] !== undefined;
}
