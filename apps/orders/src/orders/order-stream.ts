import type { ServerResponse } from 'node:http';
import { TooManyStreams } from './order.errors.js';
import type { OrderEvents } from './order-events.js';
import { toOrderDto } from './orders.dto.js';

const KEEP_ALIVE_MS = 15_000;
const MAX_STREAMS = 1_000;
/** What a reader may leave unread, in bytes, before it is cut off. */
const MAX_UNREAD_BYTES = 65_536;

/** Last words of a stream whose session has ended. */
export const sessionEnded = (reason: string) => `event: session-ended\ndata: ${JSON.stringify({ reason })}\n\n`;

/** Sends a user's orders as they change, as server-sent events, until the response closes. */
export function streamOrders(
  events: OrderEvents,
  userId: number,
  response: ServerResponse,
  headers: Record<string, string>,
  goingDown: AbortSignal,
): void {
  if (events.count >= MAX_STREAMS) throw new TooManyStreams();
  const type = 'text/event-stream; charset=utf-8';
  response.writeHead(200, { ...headers, 'content-type': type, 'cache-control': 'no-store' });
  const send = (text: string) => {
    response.write(text);
    if (response.writableLength > MAX_UNREAD_BYTES) response.destroy();
  };
  send(': connected\n\n');
  const stop = events.listen(userId, (order) => send(`event: order\ndata: ${JSON.stringify(toOrderDto(order))}\n\n`));
  const keepAlive = setInterval(() => send(': still here\n\n'), KEEP_ALIVE_MS);
  const leave = () => response.end();
  goingDown.addEventListener('abort', leave);
  response.once('close', () => {
    stop();
    clearInterval(keepAlive);
    goingDown.removeEventListener('abort', leave);
  });
}
