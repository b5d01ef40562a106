import { createSecretKey, generateKeyPairSync } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { JwtService } from '@nestjs/jwt';
import { AccessTokenIssuer } from '../tokens/access-token-issuer.js';
import { type CurrentKey, NestJwtTokenSigner } from '../tokens/adapters/nest-jwt-token-signer.js';
import { type OwnKey, OwnTokens } from './own-tokens.js';

const ISSUER = 'https://auth.example.test';

function aKey(): { sign: CurrentKey; own: OwnKey } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomHex(4);
  const { x, y } = publicKey.export({ format: 'jwk' });
  return {
    sign: { kid, algorithm: 'ES256', key: privateKey },
    own: { kid, alg: 'ES256', use: 'sig', kty: 'EC', crv: 'P-256', x: x!, y: y! },
  };
}

async function aToken(key: CurrentKey, given: { issuer?: string; atMs?: number; sessionId?: string } = {}) {
  const settings = { issuer: given.issuer ?? ISSUER, audience: 'gatehouse', lifetimeSeconds: 900 };
  const issuer = new AccessTokenIssuer(
    new NestJwtTokenSigner(new JwtService(), () => key),
    settings,
    new FakeClock(given.atMs),
  );
  const { token } = await issuer.issue({
    userId: 456,
    sessionId: given.sessionId ?? 'a'.repeat(64),
    roles: ['user'],
    scope: '',
    generation: 0,
    clientId: 'web',
    authMethods: ['pwd'],
    acr: 'aal1',
    authenticatedAtMs: 0,
  });
  return token;
}

describe('a token of our own', () => {
  const current = aKey();
  const next = aKey();
  const tokens = new OwnTokens(() => [current.own, next.own], ISSUER);
  const known = { userId: 456, sessionId: 'a'.repeat(64) };

  it('is recognised under each of our keys', async () => {
    expect(tokens.read(await aToken(current.sign))).toEqual(known);
    expect(tokens.read(await aToken(next.sign))).toEqual(known);
  });

  it('is recognised long after it has expired: its holder may still sign out', async () => {
    expect(tokens.read(await aToken(current.sign, { atMs: Date.UTC(2020, 0, 1) }))).toEqual(known);
  });

  it('may be signed with a shared secret', async () => {
    const secret = Buffer.alloc(32, 'secret of old services');
    const own: OwnKey = { kty: 'oct', alg: 'HS256', k: secret.toString('base64url') };
    const token = await aToken({ kid: 'shared', algorithm: 'HS256', key: createSecretKey(secret) });
    expect(new OwnTokens(() => [own], ISSUER).read(token)).toEqual(known);
    expect(tokens.read(token)).toBeUndefined();
  });

  it('is not one that another key signed, or another issuer with our key', async () => {
    expect(tokens.read(await aToken(aKey().sign))).toBeUndefined();
    expect(tokens.read(await aToken(current.sign, { issuer: 'https://other.example.test' }))).toBeUndefined();
  });

  it('is not one of another kind', async () => {
    const jwt = new JwtService();
    const header = { alg: 'ES256' as const, typ: 'JWT', kid: current.sign.kid };
    const claims = { iss: ISSUER, sub: '456', sid: 'a'.repeat(64) };
    const idToken = await jwt.signAsync(claims, { algorithm: 'ES256', header, privateKey: current.sign.key });
    expect(tokens.read(idToken)).toBeUndefined();
  });

  it('is not one whose claims were changed', async () => {
    const [header, claims, signature] = (await aToken(current.sign)).split('.');
    const forged = Buffer.from(String(Buffer.from(claims!, 'base64url')).replace('"456"', '"457"')).toString(
      'base64url',
    );
    expect(tokens.read([header, forged, signature].join('.'))).toBeUndefined();
  });

  it.each(['', 'x', 'a.b.c', `${'a'.repeat(9_000)}.b.c`])('is not %.20j', (text) => {
    expect(tokens.read(text)).toBeUndefined();
  });

  it('names a session in the one form there is', async () => {
    expect(tokens.read(await aToken(current.sign, { sessionId: 'A'.repeat(64) }))).toBeUndefined();
  });
});
