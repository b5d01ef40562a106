// Rows are named after the requirements they hold: J for JWT rules (RFC 8725, RFC 9068), C for advisories of the class.
import crypto, { createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSessionValidator } from '../../create-session-validator.js';
import { createTestIssuer, FakeTime } from '../../testing/index.js';
import type { SessionValidator } from '../session-validator.js';

const time = new FakeTime();
const issuer = createTestIssuer({ nowMs: () => time.nowMs() });
const nowSeconds = Math.floor(time.nowMs() / 1000);
const TOLERANCE = 30;
const validators: SessionValidator[] = [];

function validatorOf(config: Partial<Parameters<typeof createSessionValidator>[0]> = {}): SessionValidator {
  const validator = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    feed: 'none',
    time,
    warn: () => undefined,
    ...config,
  });
  validators.push(validator);
  return validator;
}

const validator = validatorOf();
afterAll(() => Promise.all(validators.map((each) => each.close())));

const reasonOf = (token: string, by = validator): string => {
  const verdict = by.check(token);
  return verdict.ok ? 'OK' : verdict.reason;
};

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const withPayload = (change: (claims: Record<string, unknown>) => void): string => {
  const claims: Record<string, unknown> = { ...issuer.claims() };
  change(claims);
  return issuer.sign(JSON.stringify(claims));
};

it('accepts a token of the issuer, so that the refusals below are about what they name', () => {
  expect(reasonOf(issuer.token())).toBe('OK');
});

describe('J1, C1, C2: the algorithm is the key’s, whatever the header says', () => {
  it.each(['none', 'None', 'NONE', 'nOnE', '', 'ES384', 'RS256', 'HS256', null, 0, ['ES256']])('alg %p', (alg) => {
    const token = issuer.token({}, { header: { alg } });
    expect(reasonOf(token)).toBe('TOKEN_INVALID');
  });

  it('refuses unsigned tokens', () => {
    const [, payload] = issuer.token().split('.');
    const header = encode({ alg: 'none', typ: 'at+jwt', kid: issuer.kid });
    expect(reasonOf(`${header}.${payload}.`)).toBe('TOKEN_INVALID');
    expect(reasonOf(`${header}.${payload}.AA`)).toBe('TOKEN_INVALID');
  });

  const [jwk] = issuer.jwks().keys;
  const pem = pemOf(jwk!);
  it.each([
    ['its PEM', pem],
    ['its PEM, trimmed', pem.trim()],
    ['its PEM after a space', ` ${pem}`],
    ['its PEM after a line end', `\n${pem}`],
    ['its DER', Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')],
    ['its JWK as text', JSON.stringify(jwk)],
    ['nothing (C3)', ''],
  ])('refuses a token signed with the public key as HMAC secret: %s', (_how, secret) => {
    expect(reasonOf(issuer.tokenWithSecret(secret, {}, { kid: issuer.kid }))).toBe('TOKEN_INVALID');
  });

  it('holds for a JWK Set whose keys have no "alg", and for one that publishes a secret', () => {
    const secret = 'a published secret is everybody’s secret, however long';
    const keys: object[] = issuer.jwks().keys.map(({ alg: _alg, ...key }) => key);
    keys.push({ kty: 'oct', kid: 'shared', k: Buffer.from(secret).toString('base64url') });
    const ours = validatorOf({
      trustAnchor: undefined,
      keyBundle: undefined,
      jwks: { keys },
      issuer: issuer.issuer,
      audience: issuer.audience,
    });
    expect(reasonOf(issuer.token(), ours)).toBe('OK');
    expect(reasonOf(issuer.tokenWithSecret(pem, {}, { kid: issuer.kid }), ours)).toBe('TOKEN_INVALID');
    expect(reasonOf(issuer.tokenWithSecret(secret, {}, { kid: 'shared' }), ours)).toBe('TOKEN_INVALID');
  });

  it('refuses public-key tokens in the shared-secret mode', () => {
    const secret = 'drawn at random, thirty-two bytes or more';
    const shared = { trustAnchor: undefined, keyBundle: undefined, jwtSecret: secret };
    const ours = validatorOf({ ...shared, issuer: issuer.issuer, audience: issuer.audience });
    expect(reasonOf(issuer.tokenWithSecret(secret), ours)).toBe('OK');
    expect(reasonOf(issuer.tokenWithSecret(secret, {}, { kid: 'any' }), ours)).toBe('OK');
    expect(reasonOf(issuer.tokenWithSecret(''), ours)).toBe('TOKEN_INVALID');
    expect(reasonOf(issuer.tokenWithSecret(`${secret} `), ours)).toBe('TOKEN_INVALID');
    expect(reasonOf(issuer.token(), ours)).toBe('TOKEN_INVALID');
  });
});

describe('J3, C6: the issuer is one exact string', () => {
  it.each([
    ['another', 'https://evil.test'],
    ['a trailing slash', 'https://auth.test/'],
    ['upper case', 'https://AUTH.test'],
    ['a longer host', 'https://auth.test.evil'],
    ['an array', ['https://auth.test']],
    ['an array with another', ['https://evil.test', 'https://auth.test']],
    ['null', null],
  ])('%s', (_what, iss) => {
    expect(reasonOf(withPayload((claims) => (claims['iss'] = iss)))).toBe('TOKEN_INVALID');
  });
});

describe('J4: the audience contains this service', () => {
  it.each([
    ['the string', 'orders', 'OK'],
    ['an array of it', ['orders'], 'OK'],
    ['an array with it', ['billing', 'orders'], 'OK'],
    ['another', 'billing', 'TOKEN_INVALID'],
    ['others', ['billing', 'orders2'], 'TOKEN_INVALID'],
    ['nobody', [], 'TOKEN_INVALID'],
    ['a mixed array', ['orders', 1], 'TOKEN_INVALID'],
    ['part of it', 'ord', 'TOKEN_INVALID'],
  ])('%s', (_what, aud, outcome) => {
    expect(reasonOf(withPayload((claims) => (claims['aud'] = aud)))).toBe(outcome);
  });
});

describe('J5, J6: only access tokens are access tokens', () => {
  it.each([
    ['at+jwt', 'OK'],
    ['application/at+jwt', 'OK'],
    ['JWT', 'TOKEN_INVALID'],
    ['logout+jwt', 'TOKEN_INVALID'],
    ['rt+jwt', 'TOKEN_INVALID'],
    ['secevent+jwt', 'TOKEN_INVALID'],
    ['gatehouse-keys+jwt', 'TOKEN_INVALID'],
    [undefined, 'TOKEN_INVALID'],
    [['at+jwt'], 'TOKEN_INVALID'],
  ])('typ %p: %s', (typ, outcome) => {
    expect(reasonOf(issuer.token({}, { header: { typ } }))).toBe(outcome);
  });

  it('refuses the key bundle itself, although the issuer signed it', () => {
    expect(reasonOf(issuer.keyBundle())).toBe('TOKEN_INVALID');
  });
});

describe('J7: every claim is there and of its type', () => {
  it.each(Object.keys(issuer.claims()))('refuses a token without %s', (claim) => {
    expect(reasonOf(withPayload((claims) => Reflect.deleteProperty(claims, claim)))).toBe('TOKEN_INVALID');
  });

  const times = ['1700000000', null, [], {}, true, -1, 1.5, 1e300, 'NaN'];
  it.each(['exp', 'iat', 'auth_time', 'nbf', 'gen'].flatMap((claim) => times.map((value) => [claim, value] as const)))(
    'refuses %s = %p',
    (claim, value) => {
      expect(reasonOf(withPayload((claims) => (claims[claim] = value)))).toBe('TOKEN_INVALID');
    },
  );

  it.each([
    ['sub', 42],
    ['sub', ''],
    ['sub', '0'],
    ['sub', '-1'],
    ['sub', '1e3'],
    ['sub', '0x10'],
    ['sub', '007'],
    ['sub', '9007199254740993'],
    ['sub', ['42']],
    ['sid', 'A'.repeat(64)],
    ['sid', 'a'.repeat(63)],
    ['sid', `${'a'.repeat(64)}\n`],
    ['jti', ''],
    ['jti', 7],
    ['roles', 'admin'],
    ['roles', [1]],
    ['roles', { 0: 'admin' }],
    ['scope', ['a']],
    ['amr', 'pwd'],
    ['acr', 1],
    ['client_id', null],
  ])('refuses %s = %p', (claim, value) => {
    expect(reasonOf(withPayload((claims) => (claims[claim] = value)))).toBe('TOKEN_INVALID');
  });

  it('refuses a longer life than the issuer allows, and a life that ends before it begins', () => {
    expect(reasonOf(issuer.token({ iat: nowSeconds, exp: nowSeconds + 900 }))).toBe('OK');
    expect(reasonOf(issuer.token({ iat: nowSeconds, exp: nowSeconds + 901 }))).toBe('TOKEN_INVALID');
    expect(reasonOf(issuer.token({ iat: nowSeconds, exp: nowSeconds }))).toBe('TOKEN_INVALID');
  });

  it('takes claims from the token only, not from a polluted prototype', () => {
    const polluted = Object.prototype as unknown as Record<string, unknown>;
    const token = withPayload((claims) => delete claims['roles']);
    polluted['roles'] = ['admin'];
    try {
      expect(reasonOf(token)).toBe('TOKEN_INVALID');
    } finally {
      delete polluted['roles'];
    }
  });
});

describe('J8, C4: what nobody here implements is refused', () => {
  it.each([
    ['crit', ['exp']],
    ['crit', []],
    ['crit', ['b64']],
    ['b64', false],
    ['b64', true],
    ['zip', 'DEF'],
  ])('%s = %p', (member, value) => {
    expect(reasonOf(issuer.token({}, { header: { [member]: value } }))).toBe('TOKEN_INVALID');
  });
});

describe('J9: one token has one spelling', () => {
  const token = issuer.token();
  const [header, payload, signature] = token.split('.') as [string, string, string];

  it.each([
    ['a line end', `${token}\n`],
    ['padding', `${token}=`],
    ['a space in front', ` ${token}`],
    ['a space inside the signature', `${header}.${payload}.${signature.slice(0, 10)} ${signature.slice(10)}`],
    ['no signature', `${header}.${payload}`],
    ['an empty signature', `${header}.${payload}.`],
    ['an empty header', `.${payload}.${signature}`],
    ['an empty payload', `${header}..${signature}`],
    ['a fourth part', `${token}.x`],
    ['the five parts of a JWE (C9)', `${header}.a.b.c.d`],
    ['the other base64 alphabet', `${header}.${payload}.${signature.slice(0, -2)}+/`],
    ['a letter outside ASCII', `${header}.${payload}.${signature.slice(0, -1)}é`],
  ])('%s', (_what, variant) => {
    expect(reasonOf(variant)).toBe('TOKEN_INVALID');
  });

  it('refuses stray low bits, also once the proper spelling is known', () => {
    // 64 bytes are 86 characters, the last of which holds 2 bits of signature and 4 that must be 0.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const stray = `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.at(-1)!) + 1]}`;
    expect(Buffer.from(stray.split('.')[2]!, 'base64url')).toEqual(Buffer.from(signature, 'base64url'));
    expect(reasonOf(token)).toBe('OK');
    expect(reasonOf(stray)).toBe('TOKEN_INVALID');
  });
});

describe('J10: header and payload are plain JSON objects', () => {
  const claims = JSON.stringify(issuer.claims());

  it.each([
    ['an array', '[]'],
    ['a string', '"x"'],
    ['null', 'null'],
    ['a number', '1'],
    ['not JSON', '{'],
    ['trailing text', `${claims} x`],
    ['a second sub', `{"sub":"1",${claims.slice(1)}`],
    ['a second sub in another spelling', `{"s\\u0075b":"1",${claims.slice(1)}`],
    ['a duplicate further down', `{"x":[{"a":1,"a":2}],${claims.slice(1)}`],
    ['a byte order mark', `\ufeff${claims}`],
  ])('refuses a payload that is %s', (_what, payload) => {
    expect(reasonOf(issuer.sign(payload))).toBe('TOKEN_INVALID');
  });

  it('refuses bytes that are not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from('{"x":"'), Buffer.from([0xff]), Buffer.from(`",${claims.slice(1)}`)]);
    expect(reasonOf(issuer.sign(bytes))).toBe('TOKEN_INVALID');
  });

  it('takes the same name in different objects for what it is', () => {
    expect(reasonOf(issuer.sign(`{"x":{"sub":"1","a":["sub",{"sub":2}]},${claims.slice(1)}`))).toBe('OK');
  });

  it.each([
    ['a second alg', `{"alg":"none","alg":"ES256","typ":"at+jwt","kid":"${issuer.kid}"}`],
    ['a second kid', `{"kid":"x","alg":"ES256","typ":"at+jwt","kid":"${issuer.kid}"}`],
    ['an array', '[]'],
    ['null', 'null'],
  ])('refuses a header with %s', (_what, header) => {
    expect(reasonOf(issuer.signRaw(header, claims))).toBe('TOKEN_INVALID');
  });
});

describe('J11, C7, C8: a header names a key and nothing else', () => {
  const kids: unknown[] = [
    '../../dev/null',
    "' OR 1=1",
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'x'.repeat(4_000),
    {},
    [issuer.kid],
    null,
    1,
    undefined,
  ];
  it.each(kids.map((kid) => [kid]))('kid %p', (kid) => {
    expect(reasonOf(issuer.token({}, { header: { kid } }))).toBe('TOKEN_INVALID');
  });

  it('fetches nothing and trusts nothing that a header brings along', async () => {
    let visits = 0;
    const server = createServer((_request, response) => {
      visits += 1;
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
    const stranger = createTestIssuer({ nowMs: () => time.nowMs() });
    const [jwk] = stranger.jwks().keys;
    for (const header of [{ jku: url }, { x5u: url }, { jwk }, { x5c: ['MII'] }]) {
      expect(reasonOf(stranger.token({}, { header: { ...header, kid: issuer.kid } }))).toBe('TOKEN_INVALID');
      expect((await validator.validateAccessToken(stranger.token({}, { header }))).ok).toBe(false);
      // Ignored, not refused: with the right key the token is as good as without them.
      expect(reasonOf(issuer.token({}, { header }))).toBe('OK');
    }
    server.close();
    expect(visits).toBe(0);
  });
});

describe('J12: times are honoured with the tolerance and no more', () => {
  it.each([
    ['exp', -TOLERANCE + 1, 'OK'],
    ['exp', -TOLERANCE, 'TOKEN_EXPIRED'],
    ['exp', -TOLERANCE - 1, 'TOKEN_EXPIRED'],
    ['nbf', TOLERANCE, 'OK'],
    ['nbf', TOLERANCE + 1, 'TOKEN_INVALID'],
    ['iat', TOLERANCE, 'OK'],
    ['iat', TOLERANCE + 1, 'TOKEN_INVALID'],
  ])('%s %p s from now: %s', (claim, offset, outcome) => {
    const token = withPayload((claims) => {
      claims['iat'] = nowSeconds - 100;
      claims[claim] = nowSeconds + offset;
      if (claim !== 'exp') claims['exp'] = nowSeconds + 500;
    });
    expect(reasonOf(token)).toBe(outcome);
  });

  it('a token that is remembered expires all the same', () => {
    const token = issuer.token({ iat: nowSeconds - 10, exp: nowSeconds + 1 });
    expect(reasonOf(token)).toBe('OK');
    time.advance((TOLERANCE + 2) * 1000);
    expect(reasonOf(token)).toBe('TOKEN_EXPIRED');
    time.advance(-(TOLERANCE + 2) * 1000);
  });
});

describe('J13: a signature is checked, not only its form', () => {
  const [header, payload, signature] = issuer.token().split('.') as [string, string, string];
  it.each([
    ['all zero (CVE-2022-21449)', Buffer.alloc(64)],
    ['r of zero', Buffer.concat([Buffer.alloc(32), Buffer.from(signature, 'base64url').subarray(32)])],
    ['s of zero', Buffer.concat([Buffer.from(signature, 'base64url').subarray(0, 32), Buffer.alloc(32)])],
    ['all ones', Buffer.alloc(64, 0xff)],
    ['too short', Buffer.alloc(63, 1)],
    ['too long', Buffer.concat([Buffer.from(signature, 'base64url'), Buffer.alloc(1)])],
    ['of one byte', Buffer.alloc(1)],
  ])('%s', (_what, forged) => {
    expect(reasonOf(`${header}.${payload}.${forged.toString('base64url')}`)).toBe('TOKEN_INVALID');
  });

  it('refuses each single flipped bit of a signature, and claims that were changed', () => {
    const bytes = Buffer.from(signature, 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(reasonOf(`${header}.${payload}.${flipped.toString('base64url')}`)).toBe('TOKEN_INVALID');
    }
    const admin = { ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), roles: ['admin'] };
    expect(reasonOf(`${header}.${encode(admin)}.${signature}`)).toBe('TOKEN_INVALID');
  });

  it.each(['EdDSA', 'RS256'] as const)('holds for %s', (algorithm) => {
    const other = createTestIssuer({ algorithm, nowMs: () => time.nowMs() });
    const ours = validatorOf({ trustAnchor: other.trustAnchor, keyBundle: other.keyBundle() });
    const good = other.token();
    expect(reasonOf(good, ours)).toBe('OK');
    expect(reasonOf(`${good.slice(0, -8)}${'AAAAAAAA'}`, ours)).toBe('TOKEN_INVALID');
    expect(reasonOf(issuer.token(), ours)).toBe('TOKEN_INVALID');
  });
});

describe('J14, C9: what is too large is not even looked at', () => {
  it('refuses a token of a megabyte in no time', () => {
    const token = issuer.sign(JSON.stringify({ ...issuer.claims(), padding: 'x'.repeat(1_000_000) }));
    // The best of some: to hash or decode a megabyte takes longer than this every time.
    const tookMs = Array.from({ length: 10 }, () => {
      const startedMs = performance.now();
      expect(reasonOf(token)).toBe('TOKEN_INVALID');
      return performance.now() - startedMs;
    });
    expect(Math.min(...tookMs)).toBeLessThan(0.2);
  });

  it('accepts up to 8 KiB and not a character more', () => {
    const padded = (n: number) =>
      issuer.sign(JSON.stringify({ ...issuer.claims({ sub: '1' }), padding: 'x'.repeat(n) }));
    const room = Math.floor(((8_192 - padded(0).length) * 3) / 4);
    const fits = padded(room - 2);
    expect(fits.length).toBeLessThanOrEqual(8_192);
    expect(reasonOf(fits)).toBe('OK');
    expect(reasonOf(padded(room + 4))).toBe('TOKEN_INVALID');
  });
});

it('J15: hands on the claims it knows and nothing else', () => {
  const verdict = validator.check(
    issuer.sign(JSON.stringify({ ...issuer.claims(), email: 'a@b.test', password: 'x' })),
  );
  expect(verdict.ok && Object.keys(verdict.claims).sort()).toEqual(Object.keys(issuer.claims()).sort());
});

describe('C3: no key means no', () => {
  it.each(['', 'ES256', 'HS256'])('a token of an unknown key, alg %p, however signed', (alg) => {
    expect(reasonOf(issuer.tokenWithSecret('', {}, { header: { alg, kid: 'nobody' } }))).toBe('TOKEN_INVALID');
  });
});

describe('C5: a remembered token is that token and no other', () => {
  it('keeps tokens apart that share their last characters', () => {
    const ours = validatorOf();
    const real = issuer.token();
    expect(reasonOf(real, ours)).toBe('OK');
    const [header, , signature] = real.split('.') as [string, string, string];
    for (let i = 0; i < 2_000; i++) {
      const forged = `${header}.${encode(issuer.claims({ sub: String(i + 1), roles: ['admin'] }))}.${signature}`;
      expect(ours.check(forged).ok).toBe(false);
    }
    const verdict = ours.check(real);
    expect(verdict.ok && verdict.principal.roles).toEqual(['user']);
  });

  it('shares nothing that a caller could change', () => {
    const token = issuer.token({ scope: 'a b' });
    const first = validator.check(token);
    expect(first.ok && Object.isFrozen(first.principal) && Object.isFrozen(first.claims)).toBe(true);
    expect(first.ok && [first.principal.roles, first.principal.scopes, first.claims.amr].every(Object.isFrozen)).toBe(
      true,
    );
  });
});

describe('C10, J14: a flood of forged tokens', () => {
  const forged = {
    'signed by a stranger': (n: number) => stranger.token({ sub: String(n + 1) }, { header: { kid: issuer.kid } }),
    'with another payload': (n: number) => spliced(issuer.token(), encode(issuer.claims({ sub: String(n + 1) }))),
    'of an unknown key': (n: number) => issuer.token({ sub: String(n + 1) }, { header: { kid: `k${n}` } }),
    'of another algorithm': (n: number) => issuer.token({ sub: String(n + 1) }, { header: { alg: 'none' } }),
    'of no form': (n: number) => `${issuer.token({ sub: String(n + 1) })}=`,
  };
  const stranger = createTestIssuer({ nowMs: () => time.nowMs() });
  const spliced = (token: string, payload: string) => token.replace(/\..*\./, `.${payload}.`);

  it('costs one failed signature each at the most, and pushes no good one out', () => {
    // Room for some dozens.
    const ours = validatorOf({ tokenCacheBytes: 100_000 });
    const good = Array.from({ length: 10 }, () => issuer.token());
    expect(good.map((token) => reasonOf(token, ours))).toEqual(good.map(() => 'OK'));
    const { cacheEntries } = ours.metrics();
    const verified = jest.spyOn(crypto, 'createVerify');
    const checks = Object.entries(forged).map(([kind, make]) => {
      const tokens = Array.from({ length: 100 }, (_, n) => make(n));
      verified.mockClear();
      expect(new Set(tokens.map((token) => reasonOf(token, ours)))).toEqual(new Set(['TOKEN_INVALID']));
      return [kind, verified.mock.calls.length];
    });
    expect(Object.fromEntries(checks)).toEqual({
      'signed by a stranger': 100,
      'with another payload': 100,
      'of an unknown key': 0,
      'of another algorithm': 0,
      'of no form': 0,
    });
    expect(ours.metrics().cacheEntries).toBe(cacheEntries);
    const { cacheMisses } = ours.metrics();
    verified.mockClear();
    expect(good.map((token) => reasonOf(token, ours))).toEqual(good.map(() => 'OK'));
    expect([ours.metrics().cacheMisses, verified.mock.calls.length]).toEqual([cacheMisses, 0]);
    verified.mockRestore();
  });
});

describe('what is no token at all', () => {
  it.each(['', undefined, null])('%p is missing', (token) => {
    expect(reasonOf(token as unknown as string)).toBe('TOKEN_MISSING');
  });
  it.each([{}, 7, Symbol('x')])('%p is missing too, and throws nothing', (token) => {
    expect(reasonOf(token as unknown as string)).toBe('TOKEN_MISSING');
  });
});

it('tells nothing of the token in its message', () => {
  const token = issuer.token({ iss: 'https://who-is-this.test' });
  const verdict = validator.check(token);
  expect(verdict).toEqual({ ok: false, reason: 'TOKEN_INVALID', message: expect.not.stringContaining('who-is-this') });
  expect(JSON.stringify(verdict)).not.toContain(token.slice(0, 20));
});

it('hands out who asks', () => {
  const claims = issuer.claims({ sub: '42', roles: ['admin'], scope: 'orders:read  orders:write', gen: 3 });
  const verdict = validator.check(issuer.sign(JSON.stringify(claims)));
  if (!verdict.ok) throw new Error(verdict.reason);
  expect(verdict.claims.getUserId()).toBe(42);
  expect(verdict.claims).toMatchObject(claims);
  expect(verdict.principal).toEqual({
    userId: 42,
    subject: '42',
    sessionId: claims.sid,
    tokenId: claims.jti,
    clientId: 'web',
    roles: ['admin'],
    scopes: ['orders:read', 'orders:write'],
    generation: 3,
    authenticatedAtMs: claims.auth_time * 1000,
    authMethods: ['pwd'],
    acr: 'aal1',
  });
});

function pemOf({ kty, crv, x, y }: { kty: string; crv?: string; x?: string; y?: string }): string {
  const key = createPublicKey({ key: { kty, crv, x, y } as Record<string, string>, format: 'jwk' });
  return key.export({ type: 'spki', format: 'pem' }) as string;
}
