import {
  comparePositions,
  encodeNotice,
  FEED_CAUGHT_UP_EVENT,
  FEED_START,
  type FeedRecord,
  type RevocationEntry,
} from '@gatehouse/contracts';
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The auth service as far as a validator without Redis sees it: the event stream and the key bundle, over real HTTP. */
export class SseServer {
  private readonly server = createServer((request, response) => this.answer(request, response));
  private readonly streams = new Set<ServerResponse>();
  private log: FeedRecord[] = [];
  private epoch = randomUUID();
  private previous = FEED_START;
  private lastMs = 0;
  private behindMs = 0;
  /** Text of the key bundle; `undefined` answers 503. */
  bundle: string | undefined;
  /** Credentials seen, one per stream. */
  readonly authorizations: (string | undefined)[] = [];
  /** The places streams were asked for after, one per stream. */
  readonly places: string[] = [];

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  append(entry: RevocationEntry | undefined, { told = true }: { told?: boolean } = {}): FeedRecord {
    this.lastMs = Math.max(this.lastMs + 1, Date.now() - this.behindMs);
    const position = `${this.lastMs}-0`;
    const record = { position, previous: this.previous, epoch: this.epoch, ...(entry ? { entry } : {}) };
    this.previous = position;
    this.log.push(record);
    if (told) for (const stream of this.streams) stream.write(eventOf(record));
    return record;
  }

  /** Appends what a writer would that did not see the last record: both name the same one before them. */
  appendForked(entry: RevocationEntry): FeedRecord {
    this.previous = this.log.at(-1)?.previous ?? FEED_START;
    return this.append(entry);
  }

  /** What proxies and frameworks send to keep a connection open. */
  comment(): void {
    for (const stream of this.streams) stream.write(': keep-alive\n\n');
  }

  /** @param behindMs - how far behind the clock is of the server that takes over */
  loseEverything(behindMs = 0): void {
    this.behindMs = behindMs;
    this.lastMs = 0;
    this.log = [];
    this.epoch = randomUUID();
    this.previous = FEED_START;
  }

  /** What is appended next belongs to another life of the log, behind what it holds: a writer gave the one before up. */
  beginNewLife(): void {
    this.epoch = randomUUID();
  }

  trim(keep: number): void {
    this.log = this.log.slice(-keep);
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === '/api/v1/revocations/stream') this.stream(request, response);
    else if (request.url === '/.well-known/key-bundle.jws' && this.bundle) response.end(this.bundle);
    else response.writeHead(503).end();
  }

  private stream(request: IncomingMessage, response: ServerResponse): void {
    this.authorizations.push(request.headers.authorization);
    const after = String(request.headers['last-event-id'] ?? FEED_START);
    this.places.push(after);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const record of this.log) if (comparePositions(record.position, after) > 0) response.write(eventOf(record));
    response.write(`event: ${FEED_CAUGHT_UP_EVENT}\ndata:\n\n`);
    this.streams.add(response);
    response.on('close', () => this.streams.delete(response));
  }
}

function eventOf(record: FeedRecord): string {
  return `id: ${record.position}\ndata: ${encodeNotice(record)}\n\n`;
}
