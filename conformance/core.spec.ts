// Our own validator against the vectors, through the doors other people use.
import type { SessionValidator } from '@gatehouse/session-validator';
import { verifyCompactJws } from '@gatehouse/session-validator/jws';
import type { JsonWebKey } from 'node:crypto';
import { coreWith, inWords, OfferedBundles, VectorClock } from './runner/core-under-test.js';
import { MemoryStage } from './runner/memory-stage.js';
import { playTranscript } from './runner/run-transcript.js';
import { readVectors, tokenNamed, type TokenVector, type ValidatorSettings } from './runner/vectors.js';

const open: SessionValidator[] = [];
const keep = (validator: SessionValidator): SessionValidator => {
  open.push(validator);
  return validator;
};
afterEach(() => Promise.all(open.splice(0).map((validator) => validator.close())));

function judge(validator: SessionValidator, { token }: TokenVector, { service_accounts }: ValidatorSettings) {
  return inWords(validator.check(token as string, { serviceAccounts: service_accounts }), { whole: true });
}

describe.each(readVectors('tokens').groups)('tokens $id: $title', ({ validator, vectors }) => {
  it.each(vectors)('$id: $title', (vector) => {
    const ours = keep(coreWith(validator, { clock: new VectorClock(vector.now_ms) }));
    expect(judge(ours, vector, validator)).toEqual(vector.expected);
    // What was remembered the first time decides nothing the second time.
    expect(judge(ours, vector, validator)).toEqual(vector.expected);
  });

  it('holds in this order, by one validator', () => {
    const [first] = vectors;
    const clock = new VectorClock(first?.now_ms ?? 0);
    const ours = keep(coreWith(validator, { clock }));
    for (const vector of vectors) {
      clock.set(vector.now_ms - clock.nowMs());
      expect([vector.id, judge(ours, vector, validator)]).toEqual([vector.id, vector.expected]);
    }
  });
});

describe('configurations', () => {
  it.each(readVectors('configurations').vectors)('$id: $title', ({ validator, expected }) => {
    const surroundings = { clock: new VectorClock(0), keySource: new OfferedBundles() };
    const create = () => keep(coreWith(validator, surroundings));
    if (expected === 'refused') expect(create).toThrow('session-validator cannot start');
    else expect(create).not.toThrow();
  });
});

describe('compact JWS', () => {
  it.each(readVectors('jws').vectors)('$id: $title', ({ jwk, algorithms, jws, expected }) => {
    const verdict = verifyCompactJws(jws, jwk as JsonWebKey, { algorithms });
    const payload = verdict.ok ? { payload: verdict.payload.toString('base64url') } : {};
    expect({ valid: verdict.ok, ...payload }).toEqual(expected);
  });
});

describe('key bundles', () => {
  const { now_ms: nowMs, tokens, sequences } = readVectors('key-bundles');

  it.each(sequences)('$id: $title', ({ validator, steps }) => {
    const keySource = new OfferedBundles();
    const ours = keep(coreWith(validator, { clock: new VectorClock(nowMs), keySource }));
    for (const { document, taken, in_force: inForce, verdicts } of steps) {
      const before = ours.health().keys.version;
      keySource.offer(document);
      const { version, count } = ours.health().keys;
      expect({ version, count }).toEqual({ version: inForce?.version ?? null, count: inForce?.keys ?? 0 });
      expect(version !== before).toBe(taken);
      for (const { token, expected } of verdicts) {
        const verdict = inWords(ours.check(tokenNamed(tokens, token)), { whole: false });
        expect([token, verdict]).toEqual([token, expected]);
      }
    }
  });
});

describe('feed', () => {
  const { now_ms: nowMs, validator, tokens, transcripts } = readVectors('feed');

  it.each(transcripts)('$id: $title', async ({ steps }) => {
    const clock = new VectorClock(nowMs);
    const stage = new MemoryStage(clock, (options) => keep(coreWith(validator, options)));
    await playTranscript(steps, tokens, clock, stage);
  });
});
