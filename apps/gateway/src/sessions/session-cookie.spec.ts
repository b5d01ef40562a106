import { SessionCookie, UnsafeCookieName } from './session-cookie.js';
import { newSecret, ProvenSecret } from './session-secret.js';

const cookie = new SessionCookie('__Host-gw', new URL('https://app.test'));
const sid = 'ab'.repeat(32);
const secret = newSecret();
const value = `${sid}.${secret}`;

describe('the session cookie', () => {
  it('is kept from scripts, from other sites’ posts, from other hosts and from plain http', () => {
    expect(cookie.issue(sid, secret)).toBe(`__Host-gw=${value}; Path=/; HttpOnly; SameSite=Lax; Secure`);
    expect(cookie.clearing).toBe('__Host-gw=; Max-Age=0; Path=/; HttpOnly; SameSite=Lax; Secure');
  });

  it('is found among others, wherever it stands', () => {
    const presented = { kind: 'presented', sid, secret };
    for (const header of [
      ...[`__Host-gw=${value}`, `a=b; __Host-gw=${value}`, `a=b;\t__Host-gw = ${value} ;c`],
      ...[`;;__Host-gw=${value};`, `a; b ;; __Host-gw=${value}; c=d=e`, `=; a=; __Host-gw=${value} \t`],
    ]) {
      expect(cookie.read(header)).toEqual(presented);
    }
    expect(cookie.read(undefined)).toEqual({ kind: 'none' });
    expect(cookie.read(`x__Host-gw=${value}; __Host-gw2=${value}; =__Host-gw`)).toEqual({ kind: 'none' });
  });

  it.each([
    ['planted beside ours', `__Host-gw=${value}; __Host-gw=${'cd'.repeat(32)}.${secret}`],
    ['the same twice', `__Host-gw=${value}; x=y; __Host-gw=${value}`],
    ['an empty one before ours', `__Host-gw=; __Host-gw=${value}`],
  ])('is ambiguous where there are two: %s (C11)', (_what, header) => {
    expect(cookie.read(header)).toEqual({ kind: 'ambiguous' });
  });

  // Browsers send a cookie without a name as its bare value, and some trim more than blanks before the name.
  it.each([
    ['no name', `=__Host-gw=${value}`],
    ['another case', `__host-gw=${value}`],
    ['a no-break space', `\u00a0__Host-gw=${value}`],
    ['a vertical tab', `\u000b__Host-gw=${value}`],
    ['quotes', `"__Host-gw"=${value}`],
    ['escapes', `%5F%5FHost-gw=${value}`],
  ])('is not what merely looks like it: %s', (_what, header) => {
    expect(cookie.read(header)).toEqual({ kind: 'none' });
  });

  it.each([
    '',
    '.',
    sid,
    `${sid}.`,
    `.${secret}`,
    `"${value}"`,
    `${value}.x`,
    `${value}=`,
    `${sid.toUpperCase()}.${secret}`,
  ])('is malformed where we never wrote it: %p', (text) => {
    expect(cookie.read(`__Host-gw=${text}`)).toEqual({ kind: 'malformed' });
  });

  it('has a name that no other host and no plain http can plant, but for a loopback address', () => {
    const make = (name: string, url: string) => () => new SessionCookie(name, new URL(url));
    for (const [name, url] of [
      ['gw', 'https://app.test'],
      ['__Secure-gw', 'https://app.test'],
      ['__host-gw', 'https://app.test'],
      ['__Host-', 'https://app.test'],
      ['__Host-g w', 'https://app.test'],
      ['__Host-gw', 'http://localhost:8082'],
      ['__Host-gw', 'http://app.test'],
      ['gw-dev', 'http://app.test'],
      ['gw-dev', 'http://127.0.0.1.evil.test'],
      ['gw;dev', 'http://localhost'],
    ] as const) {
      expect(make(name, url)).toThrow(UnsafeCookieName);
    }
    expect(make('gw-dev', 'http://localhost:8082')().issue(sid, secret)).toBe(
      `gw-dev=${value}; Path=/; HttpOnly; SameSite=Lax`,
    );
    expect(make('gw-dev', 'http://127.0.0.1:8082')().read(`gw-dev=${value}`).kind).toBe('presented');
  });
});

describe('a secret that has proved itself', () => {
  const proven = new ProvenSecret(secret);

  it('is equal to itself alone, however often others were compared with it', () => {
    for (const guess of [
      newSecret(),
      secret.slice(1),
      `${secret}x`,
      `${secret.slice(0, -1)}~`,
      '',
      secret.toLowerCase(),
    ]) {
      expect(proven.equals(guess)).toBe(false);
      expect(proven.equals(`${secret}`)).toBe(true);
    }
  });

  it('is not what only has its lower bytes', () => {
    const alike = Array.from(secret, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0x100)).join('');
    expect(Buffer.from(alike, 'latin1').toString('latin1')).toBe(secret);
    expect(proven.equals(alike)).toBe(false);
  });
});
