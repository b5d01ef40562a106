// J8, J9, J10, J14, C4, C9: what a token looks like before anything in it is believed.
import { claims, header, token } from '../claims.mjs';
import { claimsTextWith, TokenGroup } from '../group.mjs';
import { base64url, jws } from '../sign.mjs';

const NOT_UTF8 = [
  ['ff', 'a byte that never occurs', [0xff]],
  ['overlong', 'NUL in two bytes', [0xc0, 0x80]],
  ['surrogate', 'half a surrogate pair', [0xed, 0xa0, 0x80]],
  ['cut', 'a sequence that is cut off', [0xe2, 0x82]],
];

function extensions() {
  const group = new TokenGroup('J8', ['J8', 'C4'], 'extensions nobody here implements are refused');
  const members = [
    ['crit-exp', { crit: ['exp'] }],
    ['crit-empty', { crit: [] }],
    ['crit-b64', { crit: ['b64'], b64: false }],
    ['crit-unknown', { crit: ['https://example.test/x'], 'https://example.test/x': true }],
    ['crit-null', { crit: null }],
    ['b64-false', { b64: false }],
    ['b64-true', { b64: true }],
    ['zip', { zip: 'DEF' }],
  ];
  for (const [id, change] of members) group.refuse(id, JSON.stringify(change), token({}, change));
  return group.accept('unknown-member', 'a member nobody knows and nobody calls critical', token({}, { x: { y: 1 } }));
}

function spelling() {
  const good = token();
  const [head, payload, signature] = good.split('.');
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  // 64 bytes are 86 characters; the last holds 2 bits of signature and 4 that must be 0.
  const stray = `${good.slice(0, -1)}${alphabet[alphabet.indexOf(good.at(-1)) + 1]}`;
  return new TokenGroup('J9', ['J9', 'C9'], 'one token has one spelling')
    .refuse('line-end', 'a line end behind it', `${good}\n`)
    .refuse('space-in-front', 'a space in front', ` ${good}`)
    .refuse(
      'space-inside',
      'a space inside the signature',
      `${head}.${payload}.${signature.slice(0, 10)} ${signature.slice(10)}`,
    )
    .refuse(
      'line-end-inside',
      'a line end inside the payload',
      `${head}.${payload.slice(0, 10)}\n${payload.slice(10)}.${signature}`,
    )
    .refuse('padding', 'padding', `${good}=`)
    .refuse('padding-two', 'the padding base64 would have', `${good}==`)
    .refuse('stray-bits', 'stray low bits, also after the proper spelling was seen', stray)
    .refuse('other-alphabet', 'the other base64 alphabet', `${head}.${payload}.${signature.slice(0, -2)}+/`)
    .refuse('outside-ascii', 'a letter outside ASCII', `${head}.${payload}.${signature.slice(0, -1)}é`)
    .refuse('nul', 'a NUL behind it', `${good}\u0000`)
    .refuse('two-parts', 'no signature part', `${head}.${payload}`)
    .refuse('empty-signature', 'an empty signature', `${head}.${payload}.`)
    .refuse('empty-header', 'an empty header', `.${payload}.${signature}`)
    .refuse('empty-payload', 'an empty payload', `${head}..${signature}`)
    .refuse('four-parts', 'a fourth part', `${good}.x`)
    .refuse('four-parts-empty', 'a fourth part that is empty', `${good}.`)
    .refuse(
      'jwe',
      'the five parts of a JWE',
      `${base64url('{"alg":"dir","enc":"A256GCM","zip":"DEF"}')}..AAAA.AAAA.AAAA`,
    )
    .refuse(
      'jwe-pbes2',
      'a JWE that asks for ten million rounds',
      `${base64url('{"alg":"PBES2-HS256+A128KW","enc":"A128GCM","p2c":10000000,"p2s":"AAAA"}')}.AAAA.AAAA.AAAA.AAAA`,
    )
    .refuse('json-form', 'the JSON form of a JWS', JSON.stringify({ protected: head, payload, signature }))
    .refuse('scheme', 'the scheme of the header along with it', `Bearer ${good}`)
    .refuse('dots', 'two dots', '..')
    .refuse('text', 'a word', 'token');
}

function json() {
  const sign = (text) => jws(header(), text, 'current');
  const text = JSON.stringify(claims());
  const group = new TokenGroup('J10-payload', ['J10'], 'the payload is one plain JSON object')
    .refuse('array', 'an array', sign('[]'))
    .refuse('array-of-it', 'an array of the claims', sign(`[${text}]`))
    .refuse('string', 'a string', sign('"x"'))
    .refuse('null', 'null', sign('null'))
    .refuse('number', 'a number', sign('1'))
    .refuse('not-json', 'not JSON', sign('{'))
    .refuse('trailing', 'something behind it', sign(`${text} x`))
    .refuse('two', 'two objects', sign(`${text}${text}`))
    .refuse('trailing-comma', 'a comma too many', sign(`${text.slice(0, -1)},}`))
    .refuse('comment', 'a comment', sign(`/**/${text}`))
    .refuse('nan', 'NaN, which is no JSON', sign(claimsTextWith('"x":NaN')))
    .refuse('infinity', 'Infinity, which is no JSON', sign(claimsTextWith('"x":-Infinity')))
    .refuse('leading-zero', 'a number with a leading zero', sign(claimsTextWith('"x":01')))
    .refuse('bare-line-end', 'a bare line end in a string', sign(claimsTextWith('"x":"\n"')))
    .refuse('bom', 'a byte order mark in front', sign(`\ufeff${text}`))
    .refuse('duplicate', 'a second sub', sign(claimsTextWith('"sub":"1"')))
    .refuse('duplicate-same', 'a second sub that says the same', sign(claimsTextWith('"sub":"42"')))
    .refuse('duplicate-escaped', 'a second sub in another spelling', sign(claimsTextWith('"s\\u0075b":"1"')))
    .refuse('duplicate-deep', 'a duplicate further down', sign(claimsTextWith('"x":[{"a":1,"a":2}]')))
    .refuse('duplicate-unknown', 'a duplicate of a member nobody reads', sign(claimsTextWith('"x":1,"x":2')))
    .accept(
      'no-duplicate',
      'the same name in different objects',
      sign(claimsTextWith('"x":{"sub":"1","a":["sub",{"sub":2}]}')),
    )
    .accept('white-space', 'white space between the members', sign(JSON.stringify(claims(), null, 2)))
    .accept('number-spelling', 'a number is its value: 1.7672264e9', sign(text.replace('1767226400', '1.7672264e9')));
  for (const [id, title, bytes] of NOT_UTF8) {
    const payload = Buffer.concat([Buffer.from('{"x":"'), Buffer.from(bytes), Buffer.from(`",${text.slice(1)}`)]);
    group.refuse(`utf8-${id}`, `not UTF-8: ${title}`, sign(payload));
  }
  return group;
}

function jsonHeader() {
  const sign = (head) => jws(head, claims(), 'current');
  const { alg, typ, kid } = header();
  const text = JSON.stringify({ alg, typ, kid });
  return new TokenGroup('J10-header', ['J10', 'J1'], 'the header is one plain JSON object')
    .refuse('duplicate-alg', 'a second alg', sign(`{"alg":"none",${text.slice(1)}`))
    .refuse('duplicate-kid', 'a second kid', sign(`{"kid":"x",${text.slice(1)}`))
    .refuse('duplicate-escaped', 'a second typ in another spelling', sign(`{"t\\u0079p":"JWT",${text.slice(1)}`))
    .refuse('duplicate-deep', 'a duplicate further down', sign(`{"x":{"a":1,"a":1},${text.slice(1)}`))
    .refuse('array', 'an array', sign('[]'))
    .refuse('null', 'null', sign('null'))
    .refuse('not-json', 'not JSON', sign(text.slice(0, -1)))
    .refuse('bom', 'a byte order mark in front', sign(`\ufeff${text}`))
    .refuse(
      'utf8',
      'not UTF-8',
      sign(Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from(`",${text.slice(1)}`)])),
    )
    .accept('white-space', 'white space between the members', sign(JSON.stringify({ alg, typ, kid }, null, 1)));
}

function size() {
  return new TokenGroup(
    'J14',
    ['J14', 'C9'],
    'a token of more than 8192 characters is refused before it is taken apart',
  )
    .accept('largest', '8192 characters', ofLength(8_192))
    .refuse('one-more', '8193 characters', ofLength(8_193))
    .refuse('more', '20000 characters', ofLength(20_000));
}

/** A good token of exactly so many characters: base64url skips some lengths, so header and payload share the padding. */
function ofLength(length) {
  for (let inHeader = 0; inHeader < 3; inHeader++) {
    const short = token({ padding: '' }, { x: 'x'.repeat(inHeader) });
    for (let n = Math.floor(((length - short.length) * 3) / 4) - 2; n < length; n++) {
      const text = token({ padding: 'x'.repeat(n) }, { x: 'x'.repeat(inHeader) });
      if (text.length === length) return text;
      if (text.length > length) break;
    }
  }
  throw new Error(`no token of ${length} characters`);
}

function missing() {
  return new TokenGroup('missing', ['J9'], 'no token is told apart from a bad one')
    .refuse('empty', 'the empty string', '', 'TOKEN_MISSING')
    .refuse('null', 'none at all', null, 'TOKEN_MISSING')
    .refuse('space', 'a space is a bad token', ' ');
}

export const formGroups = () => [extensions(), spelling(), json(), jsonHeader(), size(), missing()];
