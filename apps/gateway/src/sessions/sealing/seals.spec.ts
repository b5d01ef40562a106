import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import type { SessionTokens } from '../gateway-session.js';
import { newSecret } from '../session-secret.js';
import { SealBroken, SealingKeys } from './sealing-keys.js';
import { TokenSeals } from './token-seals.js';

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)];
const seals = new TokenSeals(new SealingKeys([oldKey]));
const whose = { sid: 'ab'.repeat(32), generation: 3, secret: newSecret() };
const tokens: SessionTokens = {
  accessToken: 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI3In0.signature',
  accessTokenExpiresAtMs: 1_767_225_600_000,
  refreshToken: 'refresh',
  provider: { accessToken: 'eyJ.at', idToken: 'eyJ.id', refreshToken: 'eyJ.rt' },
  identity: { issuer: 'https://login.test', subject: 'ada', key: 'k', email: 'ada@example.test' },
};

describe('sealed tokens', () => {
  it('open for the session, generation and secret they were sealed for', () => {
    expect(seals.open(seals.seal(tokens, whose), whose)).toEqual(tokens);
  });

  it('hold nothing that can be read, and nothing that looks like a token (O6)', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 2_000 }), (refreshToken) => {
        const sealed = seals.seal({ ...tokens, refreshToken }, whose);
        expect(sealed).not.toMatch(/J|example|refresh/);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    ['another session', { ...whose, sid: 'cd'.repeat(32) }],
    ['an earlier generation', { ...whose, generation: 2 }],
    ['a later generation', { ...whose, generation: 4 }],
    ['another cookie', { ...whose, secret: newSecret() }],
    ['no cookie', { ...whose, secret: '' }],
  ])('do not open for %s', (_what, other) => {
    const sealed = seals.seal(tokens, whose);
    expect(() => seals.open(sealed, other)).toThrow(SealBroken);
  });

  it('do not open for whoever has the cookie and the store, but not the key; nor the keys, but not the cookie', () => {
    const sealed = seals.seal(tokens, whose);
    expect(() => new TokenSeals(new SealingKeys([newKey])).open(sealed, whose)).toThrow(SealBroken);
    // The name of a key decides nothing: another key under its name opens nothing either.
    const renamed = sealed.replace(
      /^v1\|[^|]+/,
      new TokenSeals(new SealingKeys([newKey])).seal(tokens, whose).slice(0, 19),
    );
    expect(() => new TokenSeals(new SealingKeys([newKey])).open(renamed, whose)).toThrow(SealBroken);
    expect(() => seals.open(sealed, { ...whose, secret: 'A'.repeat(43) })).toThrow(SealBroken);
  });

  it('do not open once a single character of them was changed', () => {
    const sealed = seals.seal(tokens, whose);
    fc.assert(
      fc.property(fc.nat(sealed.length - 1), fc.constantFrom('A', 'b', '.', '|', '0', ''), (at, other) => {
        fc.pre(sealed[at] !== other);
        const changed = sealed.slice(0, at) + other + sealed.slice(at + 1);
        // The last character of a part may hold bits that mean nothing: what decodes to the same bytes is the same.
        fc.pre(bytesOf(changed) !== bytesOf(sealed));
        expect(() => seals.open(changed, whose)).toThrow(SealBroken);
      }),
      { numRuns: 500 },
    );
  });

  it.each(['', 'v1', 'v2|a|b|c|d', '||||', 'v1|||||'])('are not %p', (text) => {
    expect(() => seals.open(text, whose)).toThrow(SealBroken);
  });

  it('open while keys are being changed: the first seals, all open', () => {
    const during = new TokenSeals(new SealingKeys([newKey, oldKey]));
    const before = seals.seal(tokens, whose);
    expect(during.open(before, whose)).toEqual(tokens);
    const after = during.seal(tokens, whose);
    expect(new TokenSeals(new SealingKeys([newKey])).open(after, whose)).toEqual(tokens);
    expect(() => new TokenSeals(new SealingKeys([newKey])).open(before, whose)).toThrow(SealBroken);
  });

  it('take keys of 32 bytes, at least one', () => {
    expect(() => new SealingKeys([])).toThrow();
    expect(() => new SealingKeys([randomBytes(31)])).toThrow();
  });
});

function bytesOf(sealed: string): string {
  const [version, id, ...parts] = sealed.split('|');
  return [
    version,
    id,
    ...parts.map((part) => Buffer.from(part.replaceAll('.', 'J'), 'base64url').toString('hex')),
  ].join();
}
