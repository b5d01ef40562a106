import type { ServerResponse } from 'node:http';
import type { SessionEvent } from './session-event.js';
import type { SessionEventBus } from './session-event-bus.port.js';
import { EventStreamsFull, TooManyEventStreams } from './session-events.errors.js';

export interface EventStreamSettings {
  /** Streams of one person on one instance. @default 5 */
  readonly maxPerUser?: number;
  /** Streams in all on one instance. @default 5000 */
  readonly maxStreams?: number;
  /** What a reader may leave unread, in bytes, before it is cut off. @default 32768 */
  readonly maxUnreadBytes?: number;
  /** How often an idle stream shows that it is alive, in ms. @default 15000 */
  readonly heartbeatMs?: number;
  /** How long a reader may leave anything unread, in ms. @default 30000 */
  readonly maxUnreadMs?: number;
}

/** Whose stream it is. */
export interface StreamOwner {
  readonly userId: number;
  readonly sessionId: string;
}

interface Stream extends StreamOwner {
  readonly response: ServerResponse;
  /** Since when something lies unread. */
  unreadSinceMs: number | undefined;
}

/** Everything that follows is news: what there was before is told by the list of sessions. */
const CONNECTED = 'event: connected\ndata: {}\n\n';
/** Events may be missing: ask for the list again. */
const MISSED = 'event: missed\ndata: {}\n\n';
/** Last words of a stream whose session has ended. */
export const sessionEnded = (reason: string) => `event: session-ended\ndata: ${JSON.stringify({ reason })}\n\n`;

/** Open event streams of people, each hearing of its own person's sessions and of nobody else's. */
export class EventStreams {
  private readonly byUser = new Map<number, Set<Stream>>();
  private readonly stopListening: () => void;
  private readonly heartbeat: NodeJS.Timeout;
  private count = 0;
  private closed = false;

  constructor(
    bus: SessionEventBus,
    private readonly settings: EventStreamSettings = {},
  ) {
    this.stopListening = bus.listen({ heard: (event) => this.hear(event), missed: () => this.tellAll(MISSED) });
    this.heartbeat = setInterval(() => this.beat(), settings.heartbeatMs ?? 15_000).unref();
  }

  /** Streams open now. */
  get size(): number {
    return this.count;
  }

  /**
   * Takes a place before anything is answered.
   *
   * @returns what begins the stream.
   * @throws {TooManyEventStreams} {@link EventStreamsFull}
   */
  reserve(owner: StreamOwner): (response: ServerResponse) => void {
    const { maxPerUser = 5, maxStreams = 5_000 } = this.settings;
    if ((this.byUser.get(owner.userId)?.size ?? 0) >= maxPerUser) throw new TooManyEventStreams();
    if (this.closed || this.count >= maxStreams) throw new EventStreamsFull();
    return (response) => this.begin({ ...owner, response, unreadSinceMs: undefined });
  }

  /** Ends all of them: the service stops, and readers connect to another instance. */
  close(): void {
    this.closed = true;
    this.stopListening();
    clearInterval(this.heartbeat);
    for (const stream of this.all()) stream.response.end();
  }

  private begin(stream: Stream): void {
    const { response, userId } = stream;
    // Gone while its session was looked up: its 'close' is past, and nothing would ever give the place back.
    if (response.destroyed) return;
    const mine = this.byUser.get(userId) ?? new Set<Stream>();
    this.byUser.set(userId, mine.add(stream));
    this.count += 1;
    response.once('close', () => {
      this.count -= 1;
      mine.delete(stream);
      if (mine.size === 0) this.byUser.delete(userId);
    });
    // An error that nobody hears ends the process; 'close' follows it.
    response.on('error', () => undefined);
    this.send(stream, CONNECTED);
  }

  private hear(event: SessionEvent): void {
    for (const stream of [...(this.byUser.get(event.userId) ?? [])]) {
      this.send(stream, eventText(event, stream.sessionId));
      // Its token is refused from now on, whether or not word of that has come here.
      const isOver = event.type !== 'session.created' && event.sessionId === stream.sessionId;
      if (isOver && !stream.response.destroyed) stream.response.end(sessionEnded('SESSION_REVOKED'));
    }
  }

  private beat(): void {
    this.tellAll(': still here\n\n');
  }

  private tellAll(text: string): void {
    for (const stream of this.all()) this.send(stream, text);
  }

  private all(): Stream[] {
    return [...this.byUser.values()].flatMap((streams) => [...streams]);
  }

  /** A reader that is slow is cut off: it connects again, and asks for the list. */
  private send(stream: Stream, text: string): void {
    const { response } = stream;
    if (response.destroyed || response.writableEnded) return;
    const { maxUnreadBytes = 32_768, maxUnreadMs = 30_000 } = this.settings;
    response.write(text);
    if (!response.writableNeedDrain) {
      stream.unreadSinceMs = undefined;
      return;
    }
    stream.unreadSinceMs ??= performance.now();
    const isTooLong = performance.now() - stream.unreadSinceMs > maxUnreadMs;
    if (isTooLong || response.writableLength > maxUnreadBytes) response.destroy();
  }
}

/** One event of the stream (WHATWG HTML, section 9.2.5). */
function eventText({ id, type, sessionId, atMs, reason }: SessionEvent, ownSessionId: string): string {
  const data = {
    id,
    type,
    time: new Date(atMs).toISOString(),
    session_id: sessionId,
    is_current: sessionId === ownSessionId,
    ...(reason === '' ? {} : { reason }),
  };
  return `event: ${type}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
}
