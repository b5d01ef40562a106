import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { RefreshTokens } from './refresh-token.js';

describe('a refresh token', () => {
  const tokens = new RefreshTokens(randomBytes(32));
  const sessionId = randomHex(32);

  it('names its session and carries 256 bits of secret', () => {
    const { text } = tokens.mint(sessionId);
    expect(text).toMatch(/^[0-9a-f]{64}\.[A-Za-z0-9_-]{43}$/);
    expect(text.startsWith(`${sessionId}.`)).toBe(true);
  });

  it('is never minted twice', () => {
    const texts = Array.from({ length: 1_000 }, () => tokens.mint(sessionId).text);
    expect(new Set(texts).size).toBe(1_000);
  });

  it('is recognised as issued, under the hash it was minted with', () => {
    const { text, hash } = tokens.mint(sessionId);
    expect(tokens.parse(text)).toEqual({ sessionId, genuine: true, rotation: 0, hash });
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
  });

  it('is told from a made-up one of the same form', () => {
    const madeUp = `${sessionId}.${randomBytes(32).toString('base64url')}`;
    expect(tokens.parse(madeUp)).toMatchObject({ sessionId, genuine: false });
  });

  it('is genuine under either master key while it is being changed, and of no third', () => {
    const [old, fresh] = [randomBytes(32), randomBytes(32)];
    const [before, over] = [new RefreshTokens(old, fresh), new RefreshTokens(fresh, old)];
    const isGenuine = (by: RefreshTokens, text: string) => by.parse(text)?.genuine;
    for (const [maker, reader] of [
      [before, over],
      [over, before],
    ] as const) {
      expect(isGenuine(reader, maker.mint(sessionId).text)).toBe(true);
      expect(isGenuine(reader, tokens.mint(sessionId).text)).toBe(false);
    }
    expect(isGenuine(new RefreshTokens(fresh), before.mint(sessionId).text)).toBe(false);
  });

  it('is not genuine under another session id or another master key', () => {
    const { text } = tokens.mint(sessionId);
    const moved = `${randomHex(32)}.${text.split('.')[1]}`;
    expect(tokens.parse(moved)?.genuine).toBe(false);
    expect(new RefreshTokens(randomBytes(32)).parse(text)?.genuine).toBe(false);
  });

  it('says how many lie before it, and has one successor whoever makes it', () => {
    const masterKey = randomBytes(32);
    const [here, there] = [new RefreshTokens(masterKey), new RefreshTokens(masterKey)];
    let { text } = here.mint(sessionId);
    expect(here.parse(text)?.rotation).toBe(0);
    for (const rotation of [1, 2, 70_000]) {
      const next = here.successor(sessionId, text, rotation);
      expect(there.successor(sessionId, text, rotation)).toEqual(next);
      expect(there.parse(next.text)).toEqual({ sessionId, genuine: true, rotation, hash: next.hash });
      expect(here.successor(sessionId, here.mint(sessionId).text, rotation).text).not.toBe(next.text);
      expect(new RefreshTokens(randomBytes(32)).successor(sessionId, text, rotation).text).not.toBe(next.text);
      text = next.text;
    }
  });

  it('cannot be given another number: it then is none of ours', () => {
    const { text } = tokens.successor(sessionId, tokens.mint(sessionId).text, 3);
    const bytes = Buffer.from(text.split('.')[1]!, 'base64url');
    for (let index = 0; index < bytes.length; index++) {
      const changed = Buffer.from(bytes);
      changed[index] = changed[index]! ^ 1;
      const forged = tokens.parse(`${sessionId}.${changed.toString('base64url')}`);
      expect(forged).toMatchObject({ genuine: false, rotation: undefined });
    }
  });

  it('of an earlier version is genuine and has no number', () => {
    const masterKey = randomBytes(32);
    const tagKey = Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), 'gatehouse refresh-token tag v1', 32));
    const random = randomBytes(16);
    const tag = createHmac('sha256', tagKey).update(sessionId).update(random).digest().subarray(0, 16);
    const text = `${sessionId}.${Buffer.concat([random, tag]).toString('base64url')}`;
    expect(new RefreshTokens(masterKey).parse(text)).toMatchObject({ genuine: true, rotation: undefined });
  });

  it('has one spelling', () => {
    const { text } = tokens.mint(sessionId);
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const others = [...alphabet].map((letter) => text.slice(0, -1) + letter).filter((other) => other !== text);
    const sameBytes = (other: string) =>
      Buffer.from(other.split('.')[1]!, 'base64url').equals(Buffer.from(text.split('.')[1]!, 'base64url'));
    expect(others.filter(sameBytes)).toHaveLength(3);
    for (const other of others.filter(sameBytes)) expect(tokens.parse(other)).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['an access token', 'eyJhbGciOiJFUzI1NiJ9.e30.c2ln'],
    ['upper-case hex', `${'A'.repeat(64)}.${'a'.repeat(43)}`],
    ['a line break at the end', `${'a'.repeat(64)}.${'A'.repeat(43)}\n`],
    ['a longer secret', `${'a'.repeat(64)}.${'A'.repeat(44)}`],
  ])('is not %s', (_what, text) => {
    expect(tokens.parse(text)).toBeUndefined();
  });
});

describe('a sealed successor', () => {
  const tokens = new RefreshTokens(randomBytes(32));
  const presented = tokens.mint(randomHex(32)).text;

  it('opens for whoever holds the presented token, on any instance', () => {
    const sealed = tokens.seal(presented, 'the answer, ünïcode included');
    expect(new RefreshTokens(randomBytes(32)).open(presented, sealed)).toBe('the answer, ünïcode included');
  });

  it('shows nothing of the answer and differs each time', () => {
    const first = tokens.seal(presented, 'the answer');
    expect(Buffer.from(first, 'base64url').includes('answer')).toBe(false);
    expect(tokens.seal(presented, 'the answer')).not.toBe(first);
  });

  it('does not open for another token', () => {
    const sealed = tokens.seal(presented, 'the answer');
    expect(() => tokens.open(tokens.mint(randomHex(32)).text, sealed)).toThrow();
  });

  it('does not open after any change', () => {
    const sealed = Buffer.from(tokens.seal(presented, 'the answer'), 'base64url');
    for (let index = 0; index < sealed.length; index++) {
      const changed = Buffer.from(sealed);
      changed[index] = changed[index]! ^ 1;
      expect(() => tokens.open(presented, changed.toString('base64url'))).toThrow();
    }
    expect(() => tokens.open(presented, sealed.subarray(0, 20).toString('base64url'))).toThrow();
  });
});
