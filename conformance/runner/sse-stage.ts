import { comparePositions, FEED_CAUGHT_UP_EVENT, FEED_START } from '@gatehouse/contracts';
import type { FeedLedger, SessionValidator } from '@gatehouse/session-validator';
import { SseFeed } from '@gatehouse/session-validator/sse';
import { eventually } from '@gatehouse/testing';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CoreOptions, VectorClock } from './core-under-test.js';
import type { Stage } from './run-transcript.js';
import type { FeedTranscript, StoredRecord } from './vectors.js';

/**
 * A stream says what lies after a place, not that the place is gone from the log: that shows with what comes next, at the latest
 * with the next heartbeat. In these a validator is to find out by reading alone.
 */
const FOUND_BY_READING = [
  'reconnects/trimmed-empty',
  'reconnects/failover-back',
  'cut-short/middle',
  'freshness/beat-read-again',
  'freshness/new-life',
];

/** Log and announcements are one stream: nothing is announced to who cannot read the log. */
export function isForEventStream({ id, steps }: FeedTranscript): boolean {
  if (FOUND_BY_READING.includes(id)) return false;
  let isCut = false;
  return steps.every((step) => {
    if (step.do === 'cut' || step.do === 'heal') isCut = step.do === 'cut';
    return !(isCut && step.do === 'notice');
  });
}

/** A log behind an event stream over real HTTP, as the auth service serves it, and a validator that follows. */
export class SseStage implements Stage {
  private log: StoredRecord[] = [];
  private readable = true;
  private readonly server = createServer((request, response) => this.answer(request, response));
  private readonly streams = new Set<ServerResponse>();
  private refusals = 0;
  /** What the validator has made of what was sent. */
  private taken = 0;
  private ends = 0;
  private sawHole = false;

  constructor(
    private readonly clock: VectorClock,
    private readonly create: (options: CoreOptions) => SessionValidator,
  ) {}

  async open(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  async start(show: (validator: SessionValidator) => void): Promise<void> {
    const url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    const stream = new SseFeed(url, undefined, this.clock, () => undefined);
    const feed = {
      start: (ledger: FeedLedger) => stream.start(this.watched(ledger)),
      close: () => stream.close(),
    };
    show(this.create({ clock: this.clock, feed }));
    await eventually(() => expect(this.ends + this.refusals).toBeGreaterThan(0), { everyMs: 1 });
  }

  async append(records: readonly StoredRecord[]): Promise<void> {
    this.log.push(...records);
  }

  async notice(text: string): Promise<void> {
    const before = { taken: this.taken, ends: this.ends };
    this.sawHole = false;
    for (const stream of this.streams) stream.write(`data: ${this.asSent(text)}\n\n`);
    await eventually(() => expect({ taken: this.taken, ends: this.ends }).not.toEqual(before), { everyMs: 1 });
    if (this.sawHole) await this.endAfter(before.ends);
  }

  /** There is one way to read the log, which is to connect. */
  async read(): Promise<void> {
    if (!this.readable) return;
    const { ends } = this;
    this.dropAll();
    await this.endAfter(ends);
  }

  async cut(): Promise<void> {
    this.readable = false;
    this.dropAll();
  }

  async heal(): Promise<void> {
    const { ends } = this;
    this.readable = true;
    await this.endAfter(ends);
  }

  async trim(keep: number): Promise<void> {
    this.log = keep === 0 ? [] : this.log.slice(-keep);
  }

  async rollBack(count: number): Promise<void> {
    this.log = this.log.slice(0, -count);
  }

  private async endAfter(ends: number): Promise<void> {
    await eventually(() => expect(this.ends).toBeGreaterThan(ends), { everyMs: 1 });
  }

  private dropAll(): void {
    for (const stream of this.streams) stream.destroy();
    this.streams.clear();
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    if (!this.readable) {
      this.refusals += 1;
      response.writeHead(503).end();
      return;
    }
    const after = String(request.headers['last-event-id'] ?? FEED_START);
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const { id, text } of this.records()) {
      if (comparePositions(id, after) > 0) response.write(`id: ${id}\ndata: ${text}\n\n`);
    }
    response.write(`event: ${FEED_CAUGHT_UP_EVENT}\ndata:\n\n`);
    this.streams.add(response);
    response.once('close', () => this.streams.delete(response));
  }

  /** What is nobody's record is not sent, and the next one names the record before it. */
  private records(): { readonly id: string; readonly text: string }[] {
    const sent: { id: string; text: string }[] = [];
    let passedOver: string | undefined;
    for (const { id, fields } of this.log) {
      const { epoch, prev, v, entry } = fields;
      if (!epoch || !prev) {
        passedOver = id;
        continue;
      }
      const previous = prev === passedOver ? (sent.at(-1)?.id ?? prev) : prev;
      const place = { v: Number(v), position: id, previous, epoch };
      sent.push({ id, text: JSON.stringify(entry === undefined ? place : { ...place, entry: readOrText(entry) }) });
      passedOver = undefined;
    }
    return sent;
  }

  /** Whatever is announced, records go out as the log has them; what is none of them goes out as it came. */
  private asSent(text: string): string {
    const [, position] = /"position":"(\d+-\d+)"/.exec(text) ?? [];
    return this.records().find(({ id }) => id === position)?.text ?? text;
  }

  private watched(ledger: FeedLedger): FeedLedger {
    return new Proxy(ledger, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          const outcome: unknown = Reflect.apply(member, target, args);
          if (name === 'notice' || name === 'passOver') this.taken += 1;
          if (name === 'reachedEnd') this.ends += 1;
          this.sawHole ||= outcome === 'hole';
          return outcome;
        };
      },
      set: (target, name, value) => Reflect.set(target, name, value),
    });
  }
}

/** An entry that is no JSON travels as a text, which is no entry either. */
function readOrText(entry: string): unknown {
  try {
    return JSON.parse(entry);
  } catch {
    return entry;
  }
}
