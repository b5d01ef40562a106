import type { SessionValidator } from '../core/session-validator.js';

/** As much of a request as is looked at. Not every one has a connection: tests and adapters make their own. */
interface Connected {
  readonly socket?: { readonly remoteAddress?: string | undefined } | undefined;
}

/**
 * The other end of the connection, where no framework knows better: behind a proxy that is the proxy. Not looked at when nobody
 * wants to know.
 */
export function addressOf({ countsRequests }: SessionValidator, { socket }: Connected): string | undefined {
  return countsRequests ? socket?.remoteAddress : undefined;
}
