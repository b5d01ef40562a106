import { createVerifier } from 'fast-jwt';
import { jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { createPublicKey } from 'node:crypto';
import { guardBy, nestApp } from '../nest-app.mjs';

/** A guard of a few lines around a library, ES256, key ready made where the library takes one. No revocation. */
export async function start({ publicKey, issuer, audience }, variant) {
  const key = createPublicKey(publicKey);
  const fastJwt = createVerifier({
    key: publicKey,
    algorithms: ['ES256'],
    allowedIss: issuer,
    allowedAud: audience,
    cache: 10_000,
  });
  const verify = {
    jose: async (token) =>
      (await jwtVerify(token, key, { algorithms: ['ES256'], typ: 'at+jwt', issuer, audience })).payload,
    'fast-jwt': (token) => fastJwt(token),
    jsonwebtoken: (token) => jsonwebtoken.verify(token, key, { algorithms: ['ES256'], issuer, audience }),
  }[variant];
  const Guard = guardBy(async (token) => ({ id: (await verify(token)).sub }));
  return nestApp({ guard: { useClass: Guard } });
}
