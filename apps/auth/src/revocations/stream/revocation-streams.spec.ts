import { PassThrough, Writable } from 'node:stream';
import type { ServerResponse } from 'node:http';
import { FEED_START } from '@gatehouse/contracts';
import { eventually } from '@gatehouse/testing';
import { ScriptedLog } from '../../../test/scripted-log.js';
import { writeOrCutOff } from './event-stream.js';
import { RevocationStreams } from './revocation-streams.js';
import { StreamsFull } from './stream.errors.js';

const asResponse = (stream: Writable) => stream as unknown as ServerResponse;

describe('streams', () => {
  it('are open to so many readers and no more', async () => {
    const log = new ScriptedLog();
    const streams = new RevocationStreams(log, 2);
    const pipes = [];
    for (let i = 0; i < 2; i++) pipes.push((await streams.start(FEED_START)).pipe(asResponse(new PassThrough())));
    await expect(streams.start(FEED_START)).rejects.toThrow(StreamsFull);
    streams.endAll();
    await Promise.all(pipes);
    expect(log.listening).toBe(0);
    const again = await streams.start(FEED_START);
    const piping = again.pipe(asResponse(new PassThrough()));
    streams.endAll();
    await piping;
  });

  it('do not take a place when the log does not answer', async () => {
    const log = new ScriptedLog();
    log.away = true;
    const streams = new RevocationStreams(log, 1);
    await expect(streams.start(FEED_START)).rejects.toThrow();
    expect(streams.size).toBe(0);
  });

  it('are cut when the log fails, for the reader to come again', async () => {
    const log = new ScriptedLog();
    const streams = new RevocationStreams(log);
    const response = new PassThrough();
    const piping = (await streams.start(FEED_START)).pipe(asResponse(response));
    log.away = true;
    log.losesNotices = false;
    // A hole makes it ask the log.
    log.losesNotices = true;
    log.add('lost');
    log.losesNotices = false;
    log.add('seen');
    await piping;
    expect(response.destroyed).toBe(true);
    expect(streams.size).toBe(0);
  });

  it('are cut when a reader does not read', async () => {
    const stuck = new Writable({ highWaterMark: 1, write: () => undefined });
    await expect(writeOrCutOff(asResponse(stuck), 'more than it takes', 20)).rejects.toThrow();
  });

  it('wait for a reader that is slow but reads', async () => {
    let release = (): void => undefined;
    const slow = new Writable({ highWaterMark: 1, write: (_chunk, _encoding, done) => (release = done) });
    const writing = writeOrCutOff(asResponse(slow), 'more than it takes', 1_000);
    await eventually(() => release());
    await expect(writing).resolves.toBeUndefined();
  });

  it('end at once when the reader is gone', async () => {
    const gone = new PassThrough();
    gone.destroy();
    await expect(writeOrCutOff(asResponse(gone), 'x')).rejects.toThrow();
  });
});
