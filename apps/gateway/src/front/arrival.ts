import type { IncomingSpan } from '@gatehouse/observability';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Route } from '../routes/route.js';

/** One request that has been read: what it is called, and what it asks for. */
export interface Arrival {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly requestId: string;
  readonly startedMs: number;
}

/** A route’s id without its method: its pattern. */
export const patternOf = ({ id }: Route): string => id.slice(id.indexOf(' ') + 1);

/** The end of a proxied request is told by a socket, which knows no span: lines about it are brought back into theirs. */
export function within(span: IncomingSpan | undefined, work: () => void): void {
  if (span) span.run(work);
  else work();
}
