import { createSessionValidator } from '../../libs/session-validator/dist/index.js';
import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, verify } from 'node:crypto';
import { measureInRounds, median, ratio } from '../harness/rounds.mjs';

const TOKENS = 1_000;

/**
 * Microseconds to check an ES256 token that was never seen before, that was seen before, and to verify its bare signature:
 * the floor nobody gets below.
 */
export async function firstSight({ rounds = 9, log }) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'bench', alg: 'ES256', use: 'sig' };
  const validator = createSessionValidator({
    jwks: { keys: [jwk] },
    issuer: 'http://bench',
    audience: 'bench',
    feed: 'none',
    warn: () => undefined,
  });
  await validator.ready();
  const key = { key: createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })), dsaEncoding: 'ieee-p1363' };
  const mint = () =>
    Array.from({ length: TOKENS }, () => aToken(createPrivateKey(privateKey.export({ format: 'pem', type: 'pkcs8' }))));

  const perSecond = (check) => () => {
    const tokens = check.warm ? check.warm : mint();
    const startedMs = performance.now();
    for (const token of tokens) check.run(token);
    return (tokens.length / (performance.now() - startedMs)) * 1_000;
  };
  const judge = (token) => {
    const verdict = validator.check(token);
    if (!verdict.ok) throw new Error(verdict.reason);
  };
  const warm = mint();
  warm.forEach(judge);
  const all = await measureInRounds(
    {
      signature: perSecond({
        run: (token) => {
          const dot = token.lastIndexOf('.');
          if (!verify('sha256', Buffer.from(token.slice(0, dot)), key, Buffer.from(token.slice(dot + 1), 'base64url')))
            throw new Error();
        },
      }),
      firstSight: perSecond({ run: judge }),
      warm: perSecond({ run: judge, warm }),
    },
    { rounds, onRound: (round) => log(`  round ${round} of ${rounds}`) },
  );
  await validator.close();
  const microseconds = (name) => 1e6 / median(all.map((figures) => figures[name]));
  return {
    rounds,
    signatureUs: microseconds('signature'),
    firstSightUs: microseconds('firstSight'),
    warmUs: microseconds('warm'),
    firstSightToSignature: ratio(all, 'firstSight', 'signature'),
  };
}

function aToken(privateKey) {
  const now = Math.floor(Date.now() / 1000);
  const header = { alg: 'ES256', typ: 'at+jwt', kid: 'bench' };
  const claims = {
    iss: 'http://bench',
    aud: 'bench',
    sub: '1',
    sid: randomBytes(32).toString('hex'),
    jti: randomBytes(16).toString('hex'),
    iat: now,
    exp: now + 900,
    auth_time: now,
    amr: ['pwd'],
    acr: 'aal1',
    roles: ['user'],
    scope: '',
    gen: 0,
    client_id: 'web',
  };
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const input = `${part(header)}.${part(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}
