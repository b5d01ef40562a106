// The transcripts once more, over the event stream that carries the feed where there is no Redis.
import type { SessionValidator } from '@gatehouse/session-validator';
import { coreWith, VectorClock, type CoreOptions } from './runner/core-under-test.js';
import { playTranscript } from './runner/run-transcript.js';
import { isForEventStream, SseStage } from './runner/sse-stage.js';
import { readVectors, type FeedTranscript } from './runner/vectors.js';

/** Each mostly waits for its validator to connect again. */
const AT_ONCE = 8;

const { now_ms: nowMs, validator: settings, tokens, transcripts } = readVectors('feed');
const playable = transcripts.filter(isForEventStream);

async function play({ steps }: FeedTranscript): Promise<void> {
  const clock = new VectorClock(nowMs);
  let validator: SessionValidator | undefined;
  const create = (options: CoreOptions) => (validator = coreWith(settings, options));
  const stage = new SseStage(clock, create);
  await stage.open();
  try {
    await playTranscript(steps, tokens, clock, stage);
  } finally {
    await validator?.close();
    await stage.close();
  }
}

describe('feed over an event stream', () => {
  const failures = new Map<string, unknown>();

  beforeAll(async () => {
    const waiting = [...playable];
    const playOn = async () => {
      for (let next = waiting.shift(); next; next = waiting.shift()) {
        const { id } = next;
        await play(next).catch((error: unknown) => failures.set(id, error));
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, playOn));
  }, 120_000);

  it.each(playable)('$id: $title', ({ id }) => {
    if (failures.has(id)) throw failures.get(id);
  });

  it('leaves out those alone that no stream can tell', () => {
    expect(transcripts.filter((transcript) => !playable.includes(transcript)).map(({ id }) => id)).toEqual([
      'following/hole-unreadable-log',
      'following/out-of-order',
      'reconnects/trimmed-empty',
      'reconnects/failover-back',
      'cut-short/middle',
      'records/no-hole',
      'freshness/beat-behind-hole',
      'freshness/beat-read-again',
      'freshness/new-life',
    ]);
  });
});
