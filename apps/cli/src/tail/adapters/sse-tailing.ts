import { comparePositions, decodeNotice, FEED_CAUGHT_UP_EVENT, FEED_START } from '@gatehouse/contracts';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { pause, type Tailed, type Tailing } from '../tailing.port.js';

const CONNECT_WITHIN_MS = 3_000;
/** The writer beats each second. */
const SILENCE_MS = 5_000;
const RETRY_MS = 500;

interface Place {
  position: string;
  epoch: string;
  /** False until the end of the history, where only news is wanted. */
  showsHistory: boolean;
}

/** The feed as the auth service streams it. */
export class SseTailing implements Tailing {
  private readonly url: string;

  /** @param authUrl - base address of the auth service */
  constructor(
    authUrl: string,
    private readonly token: string | undefined,
  ) {
    this.url = new URL('api/v1/revocations/stream', authUrl.endsWith('/') ? authUrl : `${authUrl}/`).href;
  }

  async *follow(fromStart: boolean, stop: AbortSignal): AsyncIterable<Tailed> {
    const place: Place = { position: FEED_START, epoch: '', showsHistory: fromStart };
    let isLost: boolean | undefined;
    while (!stop.aborted) {
      try {
        for await (const tailed of this.connect(place, stop)) {
          if (isLost !== false) yield { kind: 'found' };
          isLost = false;
          if (tailed) yield tailed;
        }
      } catch {
        // Told below, like a stream that just ends.
      }
      if (stop.aborted) return;
      if (isLost !== true) yield { kind: 'lost' };
      isLost = true;
      await pause(RETRY_MS, stop);
    }
  }

  /** One connection, until it ends or fails. `undefined` says that it stands. */
  private async *connect(place: Place, stop: AbortSignal): AsyncIterable<Tailed | undefined> {
    const ending = new AbortController();
    const end = () => ending.abort();
    stop.addEventListener('abort', end);
    let timer = setTimeout(end, CONNECT_WITHIN_MS);
    try {
      const response = await fetch(this.url, {
        redirect: 'error',
        signal: ending.signal,
        headers: this.headers(place.position),
      });
      const type = response.headers.get('content-type') ?? '';
      if (response.status !== 200 || !type.startsWith('text/event-stream') || !response.body) {
        throw new Error('not an event stream');
      }
      yield undefined;
      const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
      for await (const { event, data } of events) {
        clearTimeout(timer);
        timer = setTimeout(end, SILENCE_MS);
        if (event === FEED_CAUGHT_UP_EVENT) place.showsHistory = true;
        if (event !== undefined && event !== 'message') continue;
        const record = decodeNotice(data);
        // A log that no longer holds our place is sent from its start.
        const isKnown = record?.epoch === place.epoch && comparePositions(record.position, place.position) <= 0;
        if (isKnown) continue;
        if (record) Object.assign(place, { position: record.position, epoch: record.epoch });
        if (place.showsHistory)
          yield record ? { kind: 'record', record } : { kind: 'unreadable', position: place.position };
      }
    } finally {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      end();
    }
  }

  private headers(position: string): Record<string, string> {
    return {
      accept: 'text/event-stream',
      'last-event-id': position,
      ...(this.token === undefined ? {} : { authorization: `Bearer ${this.token}` }),
    };
  }
}
