import fc from 'fast-check';
import { agentOf } from '../sessions/user-agent.js';
import { canonicalEmail, hasHiddenCharacters, MAX_EMAIL_LENGTH } from './email-address.js';
import { isEmailAddress } from './is-email-address.decorator.js';

describe('the canonical spelling of an e-mail address', () => {
  it.each([
    ['letter case', 'Alice@Example.TEST', 'alice@example.test'],
    ['full-width letters', 'ａｌｉｃｅ@example.test', 'alice@example.test'],
    ['composed and decomposed accents', 'e\u0301va@example.test', '\u00e9va@example.test'],
    ['the Kelvin sign', '\u212Aate@example.test', 'kate@example.test'],
    ['a dotless i', 'm\u0131ke@example.test', 'mike@example.test'],
    ['a long s', '\u017Fam@example.test', 'sam@example.test'],
    ['sharp s', 'straße@example.test', 'STRASSE@example.test'],
    ['final sigma', 'οδος@example.test', 'ΟΔΟΣ@example.test'],
    ['ligatures', 'o\uFB03ce@example.test', 'office@example.test'],
  ])('does not depend on %s', (_what, one, other) => {
    expect(canonicalEmail(one)).toBe(canonicalEmail(other));
  });

  it('keeps addresses apart that are different', () => {
    const addresses = ['a.b@x.test', 'ab@x.test', 'a+b@x.test', 'áb@x.test', 'ab@x.test.', 'ab@bücher.test'];
    expect(new Set(addresses.map(canonicalEmail)).size).toBe(addresses.length);
  });

  it('is its own canonical spelling, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = canonicalEmail(text);
        expect(canonicalEmail(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it('settles for every single character there is', () => {
    const unsettled: string[] = [];
    for (let code = 0; code <= 0x10ffff; code++) {
      const once = canonicalEmail(String.fromCodePoint(code));
      if (canonicalEmail(once) !== once) unsettled.push(code.toString(16));
    }
    expect(unsettled).toEqual([]);
  });
});

it.each(['a\u200bb', 'a\u202eb', 'a\0b', 'a b', 'a\u00a0b', 'a\r\nb', '\ud800', '\ufeffa'])(
  'sees what hides in %j',
  (text) => {
    expect(hasHiddenCharacters(text)).toBe(true);
  },
);

describe('text that patterns could choke on is looked at for less than 50 ms (C25)', () => {
  /** The best of some: what other processes do meanwhile says nothing about ours. */
  function bestMs(look: () => unknown): number {
    const times = Array.from({ length: 10 }, () => {
      const startMs = performance.now();
      look();
      return performance.now() - startMs;
    });
    return Math.min(...times);
  }

  const pieces = [
    'a',
    'a.',
    'a@',
    '"\\ ',
    '(',
    'a-',
    '.@',
    '\u00e9',
    '\ufb03',
    '[',
    '@[1.',
    'xn--',
    '/',
    '/ ',
    'Mozilla/5.0 (',
    ' CFNetwork/1',
    '1.1.',
  ];
  it.each(pieces)('an e-mail and a user agent of %j', (piece) => {
    for (const length of [MAX_EMAIL_LENGTH, 512, 50_000]) {
      const text = piece.repeat(Math.ceil(length / piece.length)).slice(0, length - 1);
      for (const whole of [`${text}!`, `${text.slice(0, -5)}@a.b!`, `a@${text.slice(0, -2)}`]) {
        expect(bestMs(() => isEmailAddress(whole))).toBeLessThan(50);
        expect(bestMs(() => agentOf(whole))).toBeLessThan(50);
      }
    }
  });
});
