import { createHmac, generateKeyPairSync, sign, type JsonWebKey } from 'node:crypto';
import { parseStrictJson } from './strict-json.js';
import { verifyCompactJws } from './index.js';

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwk = ec.publicKey.export({ format: 'jwk' });
const ES256 = { algorithms: ['ES256'] } as const;

const encode = (text: string) => Buffer.from(text).toString('base64url');
function es256(header: object, payload = '{}'): string {
  const input = `${encode(JSON.stringify(header))}.${encode(payload)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key: ec.privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

describe('verifying a compact JWS', () => {
  it('gives header and payload of what the key signed, whatever the payload is', () => {
    const verdict = verifyCompactJws(es256({ alg: 'ES256', typ: 'x' }, 'any bytes'), jwk, ES256);
    expect(verdict).toEqual({ ok: true, header: { alg: 'ES256', typ: 'x' }, payload: Buffer.from('any bytes') });
  });

  // RFC 7515, appendix A.3: signed by somebody else's code.
  it('verifies the ES256 example of the RFC', () => {
    const token =
      'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.' +
      'DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q';
    const key = {
      kty: 'EC',
      crv: 'P-256',
      x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
      y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
    };
    expect(verifyCompactJws(token, key, ES256).ok).toBe(true);
    expect(verifyCompactJws(token.replace('.D', '.E'), key, ES256).ok).toBe(false);
  });

  // RFC 8037, appendix A.4.
  it('verifies the EdDSA example of its RFC', () => {
    const token =
      'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.' +
      'hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg';
    const key = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    expect(verifyCompactJws(token, key, { algorithms: ['EdDSA'] }).ok).toBe(true);
    expect(verifyCompactJws(token, key, ES256).ok).toBe(false);
  });

  it('accepts no algorithm that was not asked for, though the key would serve it', () => {
    const secret = Buffer.alloc(32, 'abcdefgh');
    const input = `${encode('{"alg":"HS256"}')}.${encode('{}')}`;
    const token = `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
    const key: JsonWebKey = { kty: 'oct', k: secret.toString('base64url') };
    expect(verifyCompactJws(token, key, { algorithms: ['HS256'] }).ok).toBe(true);
    expect(verifyCompactJws(token, key, ES256).ok).toBe(false);
    expect(verifyCompactJws(token, key, { algorithms: [] }).ok).toBe(false);
  });

  it.each([
    ['another curve', generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey.export({ format: 'jwk' })],
    ['a short RSA key', generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' })],
    ['a short secret', { kty: 'oct', k: Buffer.alloc(31, 1).toString('base64url') }],
    ['an empty secret', { kty: 'oct', k: '' }],
    ['a secret without its value', { kty: 'oct' }],
    ['a point off the curve', { ...jwk, y: jwk.x }],
    ['a key for encryption', { ...jwk, use: 'enc' }],
    ['a key for signing only', { ...jwk, key_ops: ['sign'] }],
    ['a key for another algorithm', { ...jwk, alg: 'ES384' }],
    ['a kind of key nobody knows', { kty: 'XYZ' }],
    ['no key', {}],
  ])('uses no key that must not be used: %s', (_what, key) => {
    const algorithms = ['ES256', 'RS256', 'HS256', 'EdDSA'] as const;
    const verdict = verifyCompactJws(es256({ alg: 'ES256' }), key as JsonWebKey, { algorithms });
    expect(verdict.ok).toBe(false);
  });

  it('takes the public half of a private key, and a key that says what it is for', () => {
    const full = { ...ec.privateKey.export({ format: 'jwk' }), alg: 'ES256', use: 'sig', key_ops: ['verify'] };
    expect(verifyCompactJws(es256({ alg: 'ES256' }), full, ES256).ok).toBe(true);
  });

  it('takes the newer name of EdDSA where it is asked for, and from no other key (RFC 9864)', () => {
    const ed = generateKeyPairSync('ed25519');
    const key = ed.publicKey.export({ format: 'jwk' });
    const input = `${encode(JSON.stringify({ alg: 'Ed25519' }))}.${encode('{}')}`;
    const token = `${input}.${sign(null, Buffer.from(input), ed.privateKey).toString('base64url')}`;
    expect(verifyCompactJws(token, key, { algorithms: ['EdDSA', 'Ed25519'] })).toMatchObject({
      ok: true,
      header: { alg: 'Ed25519' },
    });
    expect(verifyCompactJws(token, key, { algorithms: ['EdDSA'] }).ok).toBe(false);
    expect(verifyCompactJws(token, key, { algorithms: ['Ed25519'] }).ok).toBe(false);
    const all = ['ES256', 'EdDSA', 'Ed25519'] as const;
    expect(verifyCompactJws(es256({ alg: 'Ed25519' }), jwk, { algorithms: all }).ok).toBe(false);
  });

  it.each([
    { alg: 'none' },
    { alg: 'es256' },
    {},
    { alg: 'ES256', crit: ['b64'], b64: false },
    { alg: 'ES256', zip: 'DEF' },
  ])('refuses the header %p', (header) => {
    expect(verifyCompactJws(es256(header), jwk, ES256).ok).toBe(false);
  });
});

describe('strict JSON', () => {
  it.each([
    ['{"a":1,"a":1}', false],
    ['{"a":{"b":1},"b":{"a":1,"a":2}}', false],
    ['[{"a":1},{"a":1}]', true],
    ['{"a":"a","b":["a","a",{"a":1}],"c":"{\\"a\\":1,\\"a\\":2}"}', true],
    ['{"a\\"b":1,"a\\u0022b":2}', false],
    ['{"a\\\\":1,"a":2}', true],
    ['{"":1,"":2}', false],
    ['{"__proto__":1,"__proto__":2}', false],
    ['{"a":[],"b":{},"a":0}', false],
    ['', false],
  ])('%s: %p', (text, ok) => {
    expect(parseStrictJson(text).ok).toBe(ok);
  });
});
