import { createTestIssuer } from '@gatehouse/session-validator/testing';
import { createPublicKey, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../../libs/testing/dist/index.js';
import { openFeedWriter } from '../harness/feed-writer.mjs';

/** Longer than any run, so that no token expires in the middle. */
export const TOKEN_SECONDS = 3_600;

/**
 * What a service in front of our route needs: a private Redis with a whole revocation log and the keys, and tokens of
 * every kind the contenders want.
 *
 * @param {{ tokens: number, revocations: number }} size
 */
export async function createFixture({ tokens, revocations }) {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const redis = await startRedis();
  const writer = openFeedWriter(redis.url);
  const issuer = createTestIssuer({ maxTokenSeconds: TOKEN_SECONDS });
  const rsa = createTestIssuer({ maxTokenSeconds: TOKEN_SECONDS, algorithm: 'RS256' });
  const secret = randomBytes(32).toString('base64url');
  const jwks = createServer((_, response) => response.end(JSON.stringify(rsa.jwks())));
  await new Promise((resolve) => jwks.listen(0, '127.0.0.1', resolve));

  const credentialsFile = (name) => join(folder, `${name}.json`);
  const keep = (name, lines) => writeFileSync(credentialsFile(name), JSON.stringify(lines));
  const bearer = (token) => `authorization: Bearer ${token}`;
  const many = (make) => Array.from({ length: tokens }, () => bearer(make()));
  keep(
    'es256',
    many(() => issuer.token()),
  );
  keep(
    'hs256',
    many(() => issuer.tokenWithSecret(secret)),
  );
  keep(
    'rs256',
    many(() => rsa.token()),
  );

  // Signed out: whoever claims to learn of it must refuse these.
  const claims = issuer.claims();
  const ended = { es256: bearer(issuer.token(claims)), hs256: bearer(issuer.tokenWithSecret(secret, claims)) };
  const endedToken = ended.hs256.slice('authorization: Bearer '.length);
  for (const name of [claims.jti, endedToken]) await writer.redis.set(`blacklist:${name}`, '1');

  await writer.publishKeys(issuer.keyBundle());
  await writer.fill(revocations);
  await writer.revokeSession(claims.sid);
  await writer.beat();
  writer.keepBeating();

  const file = join(folder, 'fixture.json');
  const facts = {
    redisUrl: redis.url,
    trustAnchor: issuer.trustAnchor,
    issuer: issuer.issuer,
    audience: issuer.audience,
    publicKey: createPublicKey({ key: issuer.jwks().keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }),
    secret,
    jwksUri: `http://127.0.0.1:${jwks.address().port}/`,
    tokens,
  };
  return {
    ...facts,
    file,
    issuer,
    ended,
    credentialsFile,
    keep,
    /** Writes the facts for the servers; `more` joins them. */
    write: (more = {}) => writeFileSync(file, JSON.stringify({ ...facts, ...more })),
    async close() {
      writer.close();
      jwks.close();
      await redis.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
