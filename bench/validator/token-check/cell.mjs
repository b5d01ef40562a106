import { createSessionValidator } from '@gatehouse/session-validator';
import { createTestIssuer, MemoryFeed } from '@gatehouse/session-validator/testing';
import { createVerifier } from 'fast-jwt';
import { jwtVerify } from 'jose';
import jsonwebtoken from 'jsonwebtoken';
import { createPublicKey, verify } from 'node:crypto';
import { answer, readInput } from '../../harness/cell.mjs';
import { measureInRounds } from '../../harness/rounds.mjs';

// `warmUpRounds` are not measured: to be compiled to the end takes thousands of calls, which a service has soon had.
const { warmUpRounds, rounds, tokens, warmPasses } = await readInput();
const issuer = createTestIssuer({ maxTokenSeconds: 3_600 });
const { issuer: iss, audience: aud } = issuer;
const publicKey = createPublicKey({ key: issuer.jwks().keys[0], format: 'jwk' });
const pem = publicKey.export({ type: 'spki', format: 'pem' });

const validator = createSessionValidator({
  trustAnchor: issuer.trustAnchor,
  keyBundle: issuer.keyBundle(),
  feed: new MemoryFeed(),
});
if (!(await validator.ready())) throw new Error('the validator is not ready');

const raw = { key: publicKey, dsaEncoding: 'ieee-p1363' };
const claims = { issuer: iss, audience: aud, algorithms: ['ES256'] };
const options = { key: pem, algorithms: ['ES256'], allowedIss: iss, allowedAud: aud };
const fastJwt = createVerifier(options);
const fastJwtCached = createVerifier({ ...options, cache: 100_000 });

/** The floor nobody gets below: signature, payload, expiry. It checks nothing else. */
function bare(token) {
  const dot = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  if (!verify('sha256', Buffer.from(token.slice(0, dot)), raw, signature)) throw new Error('refused');
  const payload = JSON.parse(Buffer.from(token.slice(token.indexOf('.') + 1, dot), 'base64url').toString());
  if (payload.exp * 1000 < Date.now()) throw new Error('expired');
}

function ours(token) {
  const verdict = validator.check(token);
  if (!verdict.ok) throw new Error(verdict.reason);
}

const checks = {
  bare,
  ours,
  fastJwt,
  jsonwebtoken: (token) => jsonwebtoken.verify(token, publicKey, claims),
  jose: (token) => jwtVerify(token, publicKey, { ...claims, typ: 'at+jwt' }),
  // Last, so that over two rounds it stands wherever the first one stands.
  bareAgain: bare,
};

/** A string as the HTTP parser makes it: flat, and never hashed before. */
const fresh = (token) => Buffer.from(token, 'latin1').latin1Slice();
const microseconds = (startedMs, count) => ((performance.now() - startedMs) * 1000) / count;

const firstSight = (check) => async () => {
  const never = Array.from({ length: tokens }, () => fresh(issuer.token()));
  const startedMs = performance.now();
  for (const token of never) {
    const done = check(token);
    if (done instanceof Promise) await done;
  }
  return microseconds(startedMs, tokens);
};

const known = Array.from({ length: 1_000 }, () => issuer.token());
const seenBefore = (check) => () => {
  let spentUs = 0;
  for (let pass = 0; pass < warmPasses; pass++) {
    const copies = known.map(fresh);
    const startedMs = performance.now();
    for (const token of copies) check(token);
    spentUs += microseconds(startedMs, copies.length);
  }
  return spentUs / warmPasses;
};

const each = (of, make) => Object.fromEntries(Object.entries(of).map(([name, check]) => [name, make(check)]));
const first = each(checks, firstSight);
await measureInRounds(first, { rounds: warmUpRounds, mirrored: true });
const firstRounds = await measureInRounds(first, { rounds, mirrored: true });

known.forEach(ours);
known.forEach((token) => fastJwtCached(token));
const warm = each({ ours, fastJwt: fastJwtCached, oursAgain: ours }, seenBefore);
await measureInRounds(warm, { rounds: warmUpRounds, mirrored: true });
const warmRounds = await measureInRounds(warm, { rounds, mirrored: true });

answer({ firstRounds, warmRounds });
