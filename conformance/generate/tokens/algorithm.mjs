// J1, C1, C2, C3: the algorithm is the key's, whatever the header says.
import { AUDIENCE, bundle, claims, header, ISSUER, jwksValidator, token } from '../claims.mjs';
import { TokenGroup } from '../group.mjs';
import { derOf, jwkOf, pemOf } from '../keys.mjs';
import { base64url, hmacJws, jws } from '../sign.mjs';

const ALGORITHMS = [
  'none',
  'None',
  'NONE',
  'nOnE',
  '',
  'ES384',
  'es256',
  'RS256',
  'EdDSA',
  'HS256',
  null,
  0,
  ['ES256'],
];

/** Everything of a public key that somebody once took for a secret. */
const publicForms = (name) => [
  ['pem', 'its PEM', pemOf(name)],
  ['pem-trimmed', 'its PEM without the last line end', pemOf(name).trim()],
  ['pem-after-space', 'its PEM after a space', ` ${pemOf(name)}`],
  ['pem-after-line-end', 'its PEM after a line end', `\n${pemOf(name)}`],
  ['der', 'its DER', derOf(name)],
  ['jwk', 'its JWK as text', JSON.stringify(jwkOf(name))],
  ['empty', 'the empty string', ''],
];

const under = (secret, head = {}) => hmacJws({ ...header(), alg: 'HS256', ...head }, claims(), secret);

function names() {
  const group = new TokenGroup('J1-names', ['J1', 'C2'], 'the header names another algorithm than the key serves');
  for (const [n, alg] of ALGORITHMS.entries()) {
    group.refuse(`alg-${n}`, `alg ${JSON.stringify(alg)}, rightly signed`, token({}, { alg }));
  }
  group.refuse('alg-absent', 'no alg at all, rightly signed', token({}, { alg: undefined }));
  const unsigned = jws(header({ alg: 'none' }), claims(), 'current')
    .split('.')
    .slice(0, 2)
    .join('.');
  group.refuse('unsigned', 'alg none and an empty signature', `${unsigned}.`);
  group.refuse('unsigned-two-parts', 'alg none and no signature part', unsigned);
  group.refuse('unsigned-one-byte', 'alg none and a signature of one byte', `${unsigned}.AA`);
  return group;
}

function publicKeyAsSecret() {
  const group = new TokenGroup('C1-ec', ['J1', 'C1'], 'HS256 with the public EC key as secret');
  for (const [id, title, secret] of publicForms('current')) group.refuse(id, title, under(secret));
  return group;
}

function publicRsaKeyAsSecret() {
  const validator = { trust_anchor: pemOf('root'), key_bundle: bundle({ keys: [jwkOf('rsa')] }) };
  const good = token({}, {}, 'rsa');
  const group = new TokenGroup('C1-rsa', ['J1', 'C1'], 'HS256 with the public RSA key as secret', validator, good);
  for (const [id, title, secret] of publicForms('rsa')) {
    group.refuse(id, title, under(secret, { kid: jwkOf('rsa').kid }));
  }
  return group;
}

function jwksWithoutAlg() {
  const published = 'a published secret is the secret of everybody, however long';
  const oct = { kty: 'oct', kid: 'shared', k: base64url(published) };
  const validator = jwksValidator([jwkOf('current', { alg: undefined }), oct]);
  const group = new TokenGroup(
    'C1-jwks',
    ['J1', 'C1'],
    'a JWK Set whose keys have no alg, one of them a secret',
    validator,
  );
  for (const [id, title, secret] of publicForms('current')) group.refuse(id, title, under(secret));
  return group.refuse('published-secret', 'signed with the secret of the set', under(published, { kid: 'shared' }));
}

function sharedSecret() {
  const secret = 'drawn at random, thirty-two bytes or more';
  const validator = { jwt_secret: secret, issuer: ISSUER, audience: AUDIENCE };
  const good = under(secret, { kid: undefined });
  return new TokenGroup('J1-secret', ['J1', 'J2', 'C1'], 'the shared-secret mode knows HS256 only', validator, good)
    .accept('any-kid', 'there is one key, so its name does not matter', under(secret, { kid: 'any' }))
    .refuse('empty', 'signed with the empty string', under('', { kid: undefined }))
    .refuse('another', 'signed with the secret and a space', under(`${secret} `, { kid: undefined }))
    .refuse('none', 'alg none', under(secret, { alg: 'none' }))
    .refuse('hs512-name', 'the header says HS512', under(secret, { alg: 'HS512' }))
    .refuse('public-key', 'signed with a public-key algorithm', token());
}

function noKey() {
  const group = new TokenGroup('C3', ['C3', 'J1'], 'no key means no, not an empty one');
  for (const [n, alg] of ['', 'ES256', 'HS256', 'none'].entries()) {
    group.refuse(
      `unknown-${n}`,
      `an unknown kid under the empty secret, alg "${alg}"`,
      under('', { kid: 'nobody', alg }),
    );
  }
  return group
    .refuse('no-kid', 'no kid, under the empty secret', under('', { kid: undefined }))
    .refuse('empty-kid', 'the empty kid, under the empty secret', under('', { kid: '' }));
}

export const algorithmGroups = () => [
  names(),
  publicKeyAsSecret(),
  publicRsaKeyAsSecret(),
  jwksWithoutAlg(),
  sharedSecret(),
  noKey(),
];
