import { createSecretKey, generateKeyPairSync, verify } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { JwtService } from '@nestjs/jwt';
import { AccessTokenIssuer, type TokenSubject } from './access-token-issuer.js';
import { type CurrentKey, NestJwtTokenSigner } from './adapters/nest-jwt-token-signer.js';

const clock = new FakeClock();
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

function issuerWith(key: CurrentKey): AccessTokenIssuer {
  const settings = { issuer: 'https://auth.example.test', audience: 'gatehouse', lifetimeSeconds: 900 };
  return new AccessTokenIssuer(new NestJwtTokenSigner(new JwtService(), () => key), settings, clock);
}

function aSubject(given: Partial<TokenSubject> = {}): TokenSubject {
  return {
    userId: 456,
    sessionId: randomHex(32),
    roles: ['user'],
    scope: '',
    generation: 3,
    clientId: 'web',
    authMethods: ['pwd'],
    acr: 'aal1',
    authenticatedAtMs: clock.nowMs() - 90_500,
    ...given,
  };
}

function decoded(token: string): { header: unknown; claims: Record<string, unknown> } {
  const [header, claims] = token
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(String(Buffer.from(part, 'base64url'))));
  return { header, claims };
}

describe('an access token', () => {
  const issuer = issuerWith({ kid: 'key-1', algorithm: 'ES256', key: pair.privateKey });

  it('says who, where, how and until when, and nothing else', async () => {
    const subject = aSubject();
    const { token, tokenId, expiresAtMs, expiresInSeconds } = await issuer.issue(subject);
    const iat = clock.nowSeconds();
    expect(decoded(token)).toEqual({
      header: { alg: 'ES256', typ: 'at+jwt', kid: 'key-1' },
      claims: {
        iss: 'https://auth.example.test',
        aud: 'gatehouse',
        sub: '456',
        sid: subject.sessionId,
        jti: tokenId,
        iat,
        exp: iat + 900,
        auth_time: iat - 91,
        amr: ['pwd'],
        acr: 'aal1',
        roles: ['user'],
        scope: '',
        gen: 3,
        client_id: 'web',
      },
    });
    expect(expiresInSeconds).toBe(900);
    expect(expiresAtMs).toBe((iat + 900) * 1000);
  });

  it('is signed so that the public key verifies it', async () => {
    const { token } = await issuer.issue(aSubject());
    const [header, claims, signature] = token.split('.');
    const key = { key: pair.publicKey, dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature!, 'base64url'))).toBe(true);
  });

  it('has an id of its own each time', async () => {
    const subject = aSubject();
    const ids = await Promise.all(Array.from({ length: 50 }, async () => (await issuer.issue(subject)).tokenId));
    expect(new Set(ids).size).toBe(50);
  });

  it('does not outlive its session', async () => {
    const { expiresInSeconds } = await issuer.issue(aSubject({ absoluteExpiresAtMs: clock.nowMs() + 60_900 }));
    expect(expiresInSeconds).toBe(60);
  });

  it('can be signed with a shared secret for old services', async () => {
    const key = createSecretKey(Buffer.alloc(32, 7));
    const { token } = await issuerWith({ kid: 'shared', algorithm: 'HS256', key }).issue(aSubject());
    expect(decoded(token).header).toEqual({ alg: 'HS256', typ: 'at+jwt', kid: 'shared' });
  });
});
