// J2, J11, C7, C8, C10: which key may verify, and that a header does no more than name one.
import { bundle, claims, header, standardValidator, token } from '../claims.mjs';
import { TokenGroup } from '../group.mjs';
import { jwkOf, pemOf, testKey } from '../keys.mjs';
import { jws } from '../sign.mjs';

const KIDS = [
  ['path', '../../dev/null'],
  ['sql', "' OR 1=1"],
  ['command', '$(id)'],
  ['proto', '__proto__'],
  ['constructor', 'constructor'],
  ['to-string', 'toString'],
  ['has-own', 'hasOwnProperty'],
  ['class', '__class__'],
  ['empty', ''],
  ['long', 'x'.repeat(4_000)],
  ['case', testKey('current').kid.toUpperCase()],
  ['longer', `${testKey('current').kid} `],
  ['object', {}],
  ['array', [testKey('current').kid]],
  ['null', null],
  ['number', 1],
  ['absent', undefined],
];

function kids() {
  const group = new TokenGroup(
    'J11-kid',
    ['J11', 'C7', 'C8'],
    'a kid is looked up among the known keys and nothing else',
  );
  for (const [id, kid] of KIDS) group.refuse(id, `kid: ${id}`, token({}, { kid }));
  return group
    .refuse('other-key', 'kid of another key of the bundle', token({}, { kid: testKey('next').kid }))
    .accept('next-key', 'the next key, published before it is used', token({}, {}, 'next'))
    .refuse('root-key', 'signed with the root key, which signs bundles only', token({}, {}, 'root'))
    .refuse('root-key-our-kid', 'the same under the kid of a signing key', jws(header(), claims(), 'root'));
}

function headerKeys() {
  const brought = [
    ['jku', { jku: 'https://evil.test/keys' }],
    ['jku-inside', { jku: 'http://169.254.169.254/latest/meta-data' }],
    ['x5u', { x5u: 'https://evil.test/chain.pem' }],
    ['jwk', { jwk: jwkOf('stranger') }],
    ['x5c', { x5c: ['MIIB'] }],
    ['x5t', { x5t: 'AAAA', 'x5t#S256': 'AAAA' }],
  ];
  const group = new TokenGroup('J11-header', ['J11', 'C8', 'C10'], 'keys and addresses in a header count for nothing');
  for (const [id, members] of brought) {
    group
      .refuse(`${id}-stranger`, `${id}, signed with a key of its own`, token({}, members, 'stranger'))
      .refuse(`${id}-unknown`, `${id}, and a kid nobody knows`, token({}, { ...members, kid: 'mine' }, 'stranger'))
      .accept(`${id}-ours`, `${id} beside a right signature: ignored, nothing is fetched`, token({}, members));
  }
  return group.refuse('stranger', 'signed with another key under our kid', token({}, {}, 'stranger'));
}

function flood() {
  const group = new TokenGroup('C10-flood', ['C10'], 'a flood of made-up kids is refused without asking anybody');
  for (let n = 0; n < 12; n++) {
    const signer = n % 2 === 0 ? 'current' : 'stranger';
    group.refuse(`kid-${n}`, `made-up kid ${n}, signed by "${signer}"`, token({}, { kid: `made-up-${n}` }, signer));
  }
  return group.accept('still-good', 'the good token is still good', token());
}

function weak() {
  const keys = [jwkOf('current'), jwkOf('rsa_1024'), jwkOf('rsa_e3'), jwkOf('p384'), jwkOf('rsa', { use: 'enc' })];
  const odd = [null, 7, 'key', { kid: 'no-type' }, { kty: 'XYZ', kid: 'odd' }, jwkOf('next', { alg: 'ES384' })];
  const validator = { ...standardValidator(), key_bundle: bundle({ keys: [...keys, ...odd] }) };
  return new TokenGroup(
    'J2-weak',
    ['J2', 'J13'],
    'weak and strange keys of a bundle are left out, the others serve',
    validator,
  )
    .refuse('rsa-1024', 'an RSA key of 1024 bit', token({}, {}, 'rsa_1024'))
    .refuse('rsa-e3', 'an RSA key with exponent 3', token({}, {}, 'rsa_e3'))
    .refuse('use-enc', 'a key for encryption', token({}, {}, 'rsa'))
    .refuse('alg-misfit', 'a P-256 key that says ES384', token({}, {}, 'next'))
    .refuse('alg-misfit-named', 'the same, and the header agrees', token({}, { alg: 'ES384' }, 'next'));
}

function offCurve() {
  const { x } = jwkOf('current');
  const keys = [jwkOf('next'), jwkOf('current', { y: x })];
  const validator = { trust_anchor: pemOf('root'), key_bundle: bundle({ keys }) };
  const good = token({}, {}, 'next');
  return new TokenGroup('J13-curve', ['J13', 'J2'], 'a point off its curve is no key', validator, good).refuse(
    'off-curve',
    'a token of the key whose point was changed',
    token(),
  );
}

export const keyGroups = () => [kids(), headerKeys(), flood(), weak(), offCurve()];
