// J2 and its like: settings with which a validator must not start.
import { AUDIENCE, bundle, ISSUER, jwksValidator, standardValidator } from './claims.mjs';
import { derOf, jwkOf, pemOf, privateKeyOf } from './keys.mjs';

const SECRET = 'drawn at random, thirty-two bytes or more';
const anchored = (trust_anchor) => ({ trust_anchor });
const secret = (jwt_secret) => ({ jwt_secret, issuer: ISSUER, audience: AUDIENCE });

const usable = [
  ['anchor-pem', 'a trust anchor in PEM', anchored(pemOf('root'))],
  ['anchor-pem-escaped', 'in PEM whose line ends are two characters', anchored(pemOf('root').replaceAll('\n', '\\n'))],
  ['anchor-jwk', 'as a JWK', anchored(JSON.stringify(jwkOf('root')))],
  ['anchor-der', 'as base64 of its DER', anchored(derOf('root').toString('base64'))],
  ['anchor-der-url', 'as base64url of its DER', anchored(derOf('root').toString('base64url'))],
  ['anchor-spaces', 'with white space around it', anchored(`\n  ${derOf('root').toString('base64')}\n`)],
  ['anchors-pem', 'two in PEM', anchored(`${pemOf('root')}${pemOf('other_root')}`)],
  ['anchors-jwk', 'two in a list of JWKs', anchored(JSON.stringify([jwkOf('root'), jwkOf('other_root')]))],
  [
    'anchors-der',
    'two in base64 with a comma between',
    anchored(`${derOf('root').toString('base64')}, ${derOf('other_root').toString('base64url')}`),
  ],
  ['bundle', 'a trust anchor and a bundle to begin with', standardValidator()],
  ['secret', 'a secret of 32 bytes', secret('0123456789abcdefghijklmnopqrstuv')],
  ['secret-utf8', 'a secret of 32 bytes in fewer characters', secret('öäüßøåæœéèêëabcdefgh')],
  ['jwks', 'a JWK Set', jwksValidator([jwkOf('current')])],
  ['jwks-mixed', 'a JWK Set with a weak key beside a good one', jwksValidator([jwkOf('rsa_1024'), jwkOf('current')])],
  ['tolerance-0', 'no tolerance', { ...standardValidator(), clock_tolerance_seconds: 0 }],
  ['tolerance-60', 'the most tolerance', { ...standardValidator(), clock_tolerance_seconds: 60 }],
];

const refused = [
  ['nothing', ['J1'], 'no key at all', {}],
  ['two-sources', ['J1'], 'a trust anchor and a secret', { ...standardValidator(), ...secret(SECRET) }],
  [
    'anchor-private',
    ['J2'],
    'the private half as trust anchor',
    anchored(privateKeyOf('root').export({ type: 'pkcs8', format: 'pem' })),
  ],
  ['anchor-p384', ['J2'], 'a trust anchor on P-384', anchored(pemOf('p384'))],
  ['anchor-rsa', ['J2'], 'a trust anchor that is an RSA key', anchored(pemOf('rsa'))],
  ['anchor-ed25519', ['J2'], 'a trust anchor that is an Ed25519 key', anchored(pemOf('ed25519'))],
  ['anchor-garbage', ['J2'], 'a trust anchor that is no key', anchored('c2VjcmV0')],
  ['anchors-one-bad', ['J2'], 'two trust anchors of which one is an RSA key', anchored(pemOf('root') + pemOf('rsa'))],
  [
    'anchors-one-private',
    ['J2'],
    'two of which one is a private half',
    anchored(pemOf('root') + privateKeyOf('other_root').export({ type: 'pkcs8', format: 'pem' })),
  ],
  ['anchors-none', ['J2'], 'an empty list of trust anchors', anchored('[]')],
  ['anchors-comma', ['J2'], 'a trust anchor and a comma', anchored(`${derOf('root').toString('base64')},`)],
  ['anchors-five', ['J2'], 'five trust anchors', anchored(Array(5).fill(derOf('root').toString('base64')).join(','))],
  [
    'bundle-other-root',
    ['J2'],
    'a bundle of another root to begin with',
    { ...standardValidator(), key_bundle: bundle({}, { root: 'other_root' }) },
  ],
  [
    'bundle-alone',
    ['J2'],
    'a bundle and nothing to verify it with',
    { key_bundle: bundle(), issuer: ISSUER, audience: AUDIENCE },
  ],
  ['secret-short', ['J2'], 'a secret of 31 bytes', secret('0123456789abcdefghijklmnopqrstu')],
  ['secret-empty', ['J2', 'C3'], 'the empty secret', secret('')],
  ['secret-repeated', ['J2'], 'a secret that repeats itself', secret('abcabcabcabcabcabcabcabcabcabcabcabc')],
  ['secret-pem', ['J1', 'C1', 'C2'], 'a public key in PEM as secret', secret(pemOf('current'))],
  ['secret-pem-space', ['J1', 'C1'], 'the same after a space', secret(` ${pemOf('current')}`)],
  ['secret-jwk', ['J1', 'C1', 'C2'], 'a JWK as secret', secret(JSON.stringify(jwkOf('current')))],
  ['secret-no-issuer', ['J3'], 'a secret and no issuer', { jwt_secret: SECRET, audience: AUDIENCE }],
  ['secret-no-audience', ['J4'], 'a secret and no audience', { jwt_secret: SECRET, issuer: ISSUER }],
  ['jwks-no-issuer', ['J3'], 'a JWK Set and no issuer', { ...jwksValidator([jwkOf('current')]), issuer: undefined }],
  ['jwks-empty', ['J2'], 'an empty JWK Set', jwksValidator([])],
  ['jwks-rsa-1024', ['J2'], 'a JWK Set with an RSA key of 1024 bit only', jwksValidator([jwkOf('rsa_1024')])],
  ['jwks-rsa-e3', ['J2'], 'with an RSA key of exponent 3 only', jwksValidator([jwkOf('rsa_e3')])],
  ['jwks-p384', ['J2'], 'with a P-384 key only', jwksValidator([jwkOf('p384')])],
  [
    'jwks-oct',
    ['J2', 'C1'],
    'with a secret only',
    jwksValidator([{ kty: 'oct', kid: 'k', k: Buffer.from(SECRET).toString('base64url') }]),
  ],
  [
    'jwks-off-curve',
    ['J2', 'J13'],
    'with a point off its curve only',
    jwksValidator([jwkOf('current', { y: jwkOf('current').x })]),
  ],
  ['jwks-no-kid', ['J2'], 'with a key that has no name only', jwksValidator([jwkOf('current', { kid: undefined })])],
  ['jwks-same-kid', ['J11'], 'with two keys of one name', jwksValidator([jwkOf('current'), jwkOf('stranger')])],
  [
    'tolerance-61',
    ['J12'],
    'more tolerance than revocations are kept for',
    { ...standardValidator(), clock_tolerance_seconds: 61 },
  ],
  ['tolerance-negative', ['J12'], 'a negative tolerance', { ...standardValidator(), clock_tolerance_seconds: -1 }],
];

export const configurations = () => [
  ...usable.map(([id, title, validator]) => ({
    id: `usable/${id}`,
    rows: ['J2'],
    title,
    validator,
    expected: 'usable',
  })),
  ...refused.map(([id, rows, title, validator]) => ({
    id: `refused/${id}`,
    rows,
    title,
    validator,
    expected: 'refused',
  })),
];
