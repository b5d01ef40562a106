// Compact JWS by themselves: one key, one signature. Some are of the RFCs, so not signed by this generator.
import { jwkOf } from './keys.mjs';
import { base64url, hmacJws, jws } from './sign.mjs';

const RFC7515_EC = {
  kty: 'EC',
  crv: 'P-256',
  x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
  y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
};
const RFC7515_A3 =
  'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
  'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
const RFC8037_KEY = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
const RFC8037_A4 =
  'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
  'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
const SECRET = Buffer.alloc(32, 'abcdefgh');
const OCT = { kty: 'oct', k: base64url(SECRET) };

const ES256 = ['ES256'];
const ALL = ['ES256', 'EdDSA', 'RS256', 'HS256'];
const es256 = (header) => jws(header, '{}', 'current');

const valid = [
  ['rfc7515-a3', 'the ES256 example of RFC 7515', RFC7515_EC, ES256, RFC7515_A3],
  ['rfc8037-a4', 'the EdDSA example of RFC 8037', RFC8037_KEY, ['EdDSA'], RFC8037_A4],
  ['rs256', 'RS256', jwkOf('rsa'), ['RS256'], jws({ alg: 'RS256' }, 'any bytes', 'rsa')],
  ['hs256', 'HS256', OCT, ['HS256'], hmacJws({ alg: 'HS256' }, '{}', SECRET)],
  [
    'not-json',
    'a payload that is no JSON: only the header must be',
    jwkOf('current'),
    ES256,
    jws({ alg: 'ES256', typ: 'x' }, 'any bytes', 'current'),
  ],
  [
    'key-ops',
    'a key that says what it is for',
    jwkOf('current', { key_ops: ['verify'] }),
    ES256,
    es256({ alg: 'ES256' }),
  ],
  [
    'no-alg',
    'a key without alg serves what its type serves',
    jwkOf('current', { alg: undefined }),
    ES256,
    es256({ alg: 'ES256' }),
  ],
];

const invalid = [
  ['rfc7515-a3-changed', 'the example with one letter changed', RFC7515_EC, ES256, RFC7515_A3.replace('.D', '.E')],
  ['rfc8037-asked', 'an algorithm nobody asked for', RFC8037_KEY, ES256, RFC8037_A4],
  ['hs256-asked', 'a secret where a public key was asked for', OCT, ES256, hmacJws({ alg: 'HS256' }, '{}', SECRET)],
  ['none-asked', 'no algorithm asked for at all', jwkOf('current'), [], es256({ alg: 'ES256' })],
  ['alg-none', 'alg none', jwkOf('current'), ALL, es256({ alg: 'none' })],
  ['alg-case', 'alg es256', jwkOf('current'), ALL, es256({ alg: 'es256' })],
  ['alg-absent', 'no alg', jwkOf('current'), ALL, es256({})],
  ['crit', 'crit', jwkOf('current'), ALL, es256({ alg: 'ES256', crit: ['b64'], b64: false })],
  ['zip', 'zip', jwkOf('current'), ALL, es256({ alg: 'ES256', zip: 'DEF' })],
  ['p384', 'a key on another curve', jwkOf('p384'), ALL, es256({ alg: 'ES256' })],
  ['rsa-1024', 'a short RSA key', jwkOf('rsa_1024'), ALL, jws({ alg: 'RS256' }, '{}', 'rsa_1024')],
  ['rsa-e3', 'an RSA key with exponent 3', jwkOf('rsa_e3'), ALL, jws({ alg: 'RS256' }, '{}', 'rsa_e3')],
  [
    'secret-short',
    'a short secret',
    { kty: 'oct', k: base64url(SECRET.subarray(1)) },
    ALL,
    hmacJws({ alg: 'HS256' }, '{}', SECRET.subarray(1)),
  ],
  ['secret-empty', 'an empty secret', { kty: 'oct', k: '' }, ALL, hmacJws({ alg: 'HS256' }, '{}', '')],
  ['secret-absent', 'a secret without its value', { kty: 'oct' }, ALL, hmacJws({ alg: 'HS256' }, '{}', '')],
  ['off-curve', 'a point off the curve', jwkOf('current', { y: jwkOf('current').x }), ALL, es256({ alg: 'ES256' })],
  ['use-enc', 'a key for encryption', jwkOf('current', { use: 'enc' }), ALL, es256({ alg: 'ES256' })],
  ['key-ops-sign', 'a key for signing only', jwkOf('current', { key_ops: ['sign'] }), ALL, es256({ alg: 'ES256' })],
  ['key-alg', 'a key for another algorithm', jwkOf('current', { alg: 'ES384' }), ALL, es256({ alg: 'ES256' })],
  ['key-type', 'a kind of key nobody knows', { kty: 'XYZ' }, ALL, es256({ alg: 'ES256' })],
  ['no-key', 'no key', {}, ALL, es256({ alg: 'ES256' })],
];

const vector = ([id, title, jwk, algorithms, text], expected) => ({
  id,
  rows: ['J13'],
  title,
  jwk,
  algorithms,
  jws: text,
  expected,
});

export const jwsVectors = () => [
  ...valid.map((row) => vector(row, { valid: true, payload: row[4].split('.')[1] })),
  ...invalid.map((row) => vector(row, { valid: false })),
];
