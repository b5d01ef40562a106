import { createSessionValidator } from '@gatehouse/session-validator';
import { createTestIssuer, MemoryFeed } from '@gatehouse/session-validator/testing';
import { createPublicKey, randomBytes, randomUUID, verify } from 'node:crypto';
import { answer, readInput } from '../../harness/cell.mjs';
import { measureInRounds, median, ratio } from '../../harness/rounds.mjs';

const { rounds, tokens } = await readInput();
const issuer = createTestIssuer({ maxTokenSeconds: 3_600 });
const validator = createSessionValidator({
  trustAnchor: issuer.trustAnchor,
  keyBundle: issuer.keyBundle(),
  feed: new MemoryFeed(),
});
if (!(await validator.ready())) throw new Error('the validator is not ready');

const raw = {
  key: createPublicKey({ key: issuer.jwks().keys[0], format: 'jwk' }),
  dsaEncoding: 'ieee-p1363',
};
const noSignature = () => randomBytes(64).toString('base64url');
const forgedFrom = (token) => `${token.slice(0, token.lastIndexOf('.'))}.${noSignature()}`;

/** What a stranger may send, each of them new. */
const kinds = {
  'signature wrong': () => forgedFrom(issuer.token()),
  'signature wrong, as long as is allowed': () => forgedFrom(issuer.token({ scope: 'x'.repeat(5_500) })),
  'key unknown': () => forgedFrom(issuer.token({}, { header: { kid: randomUUID() } })),
  'no token at all': () => randomBytes(350).toString('base64url'),
  'longer than is allowed': () => forgedFrom(issuer.token({ scope: 'x'.repeat(20_000) })),
};

/** One failed signature and nothing else. */
function bare(token) {
  const dot = token.lastIndexOf('.');
  const signature = Buffer.from(token.slice(dot + 1), 'base64url');
  if (verify('sha256', Buffer.from(token.slice(0, dot)), raw, signature)) throw new Error('a forged token verified');
}

function ours(token) {
  if (validator.check(token).ok) throw new Error('a forged token was accepted');
}

const measure = (check, make) => () => {
  const flood = Array.from({ length: tokens }, () => Buffer.from(make(), 'latin1').latin1Slice());
  const startedMs = performance.now();
  for (const token of flood) check(token);
  return ((performance.now() - startedMs) * 1000) / flood.length;
};

const good = Array.from({ length: 1_000 }, () => issuer.token());
const walk = () => good.forEach((token) => validator.check(token));
walk();
const missesBefore = validator.metrics().cacheMisses;
walk();
if (validator.metrics().cacheMisses !== missesBefore) throw new Error('the cache does not hold the good tokens');

const plain = kinds['signature wrong'];
const contenders = {
  bare: measure(bare, plain),
  bareAgain: measure(bare, plain),
  // The longest one is held against a signature over as many bytes.
  bareLong: measure(bare, kinds['signature wrong, as long as is allowed']),
  ...Object.fromEntries(Object.entries(kinds).map(([kind, make]) => [kind, measure(ours, make)])),
};
for (const warmUp of Object.values(contenders)) warmUp();
const all = await measureInRounds(contenders, { rounds, mirrored: true });

const missesAfterFlood = validator.metrics().cacheMisses;
walk();
answer({
  rounds,
  bareUs: median(all.map((figures) => figures.bare)),
  kinds: Object.fromEntries(
    Object.keys(kinds).map((kind) => [
      kind,
      {
        us: median(all.map((figures) => figures[kind])),
        toBare: ratio(all, kind, kind === 'signature wrong, as long as is allowed' ? 'bareLong' : 'bare'),
      },
    ]),
  ),
  evicted: validator.metrics().cacheMisses - missesAfterFlood,
  control: ratio(all, 'bareAgain', 'bare'),
});
