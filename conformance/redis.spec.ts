// The transcripts once more, over the connections of production: a real Redis, its stream, its channel.
import { startRedis, type RedisServer } from '@gatehouse/testing';
import type { SessionValidator } from '@gatehouse/session-validator';
import { Redis } from 'ioredis';
import type { JsonWebKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreWith, VectorClock } from './runner/core-under-test.js';
import { READER, RedisStage } from './runner/redis-stage.js';
import { playTranscript } from './runner/run-transcript.js';
import { readVectors } from './runner/vectors.js';

const { now_ms: nowMs, validator: settings, tokens, transcripts } = readVectors('feed');
const { keys } = JSON.parse(readFileSync(join(__dirname, 'keys', 'test-keys.json'), 'utf8')) as {
  readonly keys: { readonly root: JsonWebKey };
};

describe('feed over Redis', () => {
  let server: RedisServer;
  let redis: Redis;
  let validator: SessionValidator | undefined;

  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterEach(() => validator?.close());
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  it.each(transcripts)('$id: $title', async ({ steps }) => {
    const clock = new VectorClock(nowMs);
    const redisUrl = server.url.replace('//', `//${READER.name}:${READER.password}@`);
    const create = () => (validator = coreWith(settings, { clock, redisUrl }));
    const stage = new RedisStage(redis, create, keys.root, settings.key_bundle ?? '');
    await stage.open();
    await playTranscript(steps, tokens, clock, stage);
  });
});
