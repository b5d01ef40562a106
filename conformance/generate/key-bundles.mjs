// Key bundles in the order a validator is offered them: which are taken, and which keys are in force afterwards.
import { bundle, ISSUER, MAX_TOKEN_SECONDS, NOW, token } from './claims.mjs';
import { jwkOf, pemOf } from './keys.mjs';
import { hmacJws, jws } from './sign.mjs';

const TOKENS = {
  current: token(),
  next: token({}, {}, 'next'),
  ed25519: token({}, {}, 'ed25519'),
  rsa: token({}, {}, 'rsa'),
  stranger: token({}, {}, 'stranger'),
  'other-audience': token({ aud: 'billing' }),
  'other-issuer': token({ iss: 'https://other.test' }),
  long: token({ exp: NOW - 100 + MAX_TOKEN_SECONDS + 1 }),
};

const accepted = (...names) => names.map((name) => ({ token: name, expected: { verdict: 'accepted' } }));
const refused = (...names) =>
  names.map((name) => ({ token: name, expected: { verdict: 'refused', reason: 'TOKEN_INVALID' } }));
const noKeys = [{ token: 'current', expected: { verdict: 'refused', reason: 'FEED_STALE' } }];
const standing = [...accepted('current', 'next'), ...refused('ed25519', 'stranger')];

const taken = (document, version, keys, verdicts) => ({ document, taken: true, in_force: { version, keys }, verdicts });
const kept = (document, version = 7, keys = 2, verdicts = standing) => ({
  document,
  taken: false,
  in_force: { version, keys },
  verdicts,
});
const never = (document) => ({ document, taken: false, in_force: null, verdicts: noKeys });
const first = taken(bundle(), 7, 2, standing);

const sequence = (id, title, steps, settings = {}) => ({
  id,
  rows: ['K'],
  title,
  validator: { trust_anchor: pemOf('root'), ...settings },
  steps,
});

const HEADER = { alg: 'ES256', typ: 'gatehouse-keys+jwt' };
const newer = (changes, options) => bundle({ ver: 9, ...changes }, options);
const newerPayload = () => Buffer.from(newer().split('.')[1], 'base64url').toString();

/** Each is offered to a validator without keys, and again when it has some: it changes neither. */
const BROKEN = [
  ['other-root', 'signed by another root', newer({}, { root: 'other_root' })],
  ['signing-key', 'signed by a signing key', jws(HEADER, newerPayload(), 'current')],
  ['own-jwk', 'signed by a key it brings along', newer({}, { root: 'stranger', header: { jwk: jwkOf('stranger') } })],
  [
    'hmac',
    'HS256 with the public root key',
    hmacJws({ alg: 'HS256', typ: 'gatehouse-keys+jwt' }, newerPayload(), pemOf('root')),
  ],
  [
    'none',
    'not signed',
    `${newer({}, { header: { alg: 'none' } })
      .split('.')
      .slice(0, 2)
      .join('.')}.`,
  ],
  ['alg', 'signed rightly under another name', newer({}, { header: { alg: 'ES384' } })],
  ['crit', 'with an extension', newer({}, { header: { crit: ['exp'] } })],
  ['typ', 'of another typ', newer({}, { header: { typ: 'JWT' } })],
  ['typ-token', 'an access token of the root key', token({}, {}, 'root')],
  ['typ-absent', 'without typ', newer({}, { header: { typ: undefined } })],
  ['empty', 'the empty text', ''],
  ['garbage', 'no JWS', 'not a bundle'],
  ['json', 'its payload alone', newerPayload()],
  ['cut', 'cut off', newer().slice(0, -10)],
  ['padding', 'with padding', `${newer()}=`],
  ['payload-text', 'whose payload is no JSON', jws(HEADER, 'keys', 'root')],
  ['payload-list', 'whose payload is a list', jws(HEADER, [jwkOf('current')], 'root')],
  ['payload-duplicate', 'that says its version twice', jws(HEADER, `{"ver":9,${newerPayload().slice(1)}`, 'root')],
  ...['iss', 'aud', 'ver', 'iat', 'max_token_seconds', 'keys'].map((member) => [
    `no-${member}`,
    `without ${member}`,
    newer({ [member]: undefined }),
  ]),
  ['ver-text', 'whose version is text', newer({ ver: '9' })],
  ['ver-zero', 'of version 0', newer({ ver: 0 })],
  ['ver-fraction', 'of version 9.5', newer({ ver: 9.5 })],
  ['ver-huge', 'of a version beyond exact numbers', newer({ ver: 1e300 })],
  ['iss-empty', 'of nobody', newer({ iss: '' })],
  ['aud-list', 'for a list of services', newer({ aud: ['orders'] })],
  ['life-zero', 'that allows tokens no life', newer({ max_token_seconds: 0 })],
  ['keys-none', 'without a key', newer({ keys: [] })],
  ['keys-object', 'whose keys are no list', newer({ keys: { 0: jwkOf('current') } })],
  [
    'keys-unusable',
    'with unusable keys only',
    newer({ keys: [jwkOf('rsa_1024'), jwkOf('p384'), { kty: 'oct', kid: 'k', k: 'A'.repeat(43) }] }),
  ],
  ['keys-same-kid', 'with two keys of one name', newer({ keys: [jwkOf('current'), jwkOf('stranger')] })],
  ['large', 'of more than 64 KiB', newer({ padding: 'x'.repeat(49_152) })],
];

const sequences = [
  sequence('none-yet', 'without a bundle no token can be judged', [never('')]),
  sequence('first', 'a bundle is taken, and its keys count', [first]),
  sequence('white-space', 'white space around it, as in a file', [taken(`\n${bundle()}\n`, 7, 2, standing)]),
  sequence('old', 'a bundle has no expiry: an issuer that is away withdraws nothing', [
    taken(bundle({ iat: 1 }), 7, 2, standing),
  ]),
  sequence('unknown-members', 'members nobody knows are passed over', [taken(bundle({ x: 1 }), 7, 2, standing)]),
  sequence('rotation', 'a newer one replaces it whole: the key that is gone counts no more', [
    first,
    taken(bundle({ ver: 8, keys: [jwkOf('next'), jwkOf('ed25519')] }), 8, 2, [
      ...accepted('next', 'ed25519'),
      ...refused('current'),
    ]),
    taken(bundle({ ver: 20, keys: [jwkOf('ed25519'), jwkOf('rsa')] }), 20, 2, [
      ...accepted('ed25519', 'rsa'),
      ...refused('current', 'next'),
    ]),
  ]),
  sequence('rollback', 'an older one is refused, or a withdrawn key would be back', [
    taken(bundle({ ver: 8, keys: [jwkOf('next')] }), 8, 1, [...accepted('next'), ...refused('current')]),
    kept(bundle({ ver: 7 }), 8, 1, [...accepted('next'), ...refused('current')]),
    kept(bundle({ ver: 1 }), 8, 1, [...accepted('next'), ...refused('current')]),
  ]),
  sequence('same-version', 'one of the same version changes nothing, whatever it holds', [
    first,
    kept(bundle({ keys: [jwkOf('ed25519')] })),
  ]),
  sequence('after-rollback', 'a refused one does not stand in the way of the next', [
    first,
    kept(bundle({ ver: 6, keys: [jwkOf('ed25519')] })),
    taken(bundle({ ver: 8, keys: [jwkOf('ed25519')] }), 8, 1, [...accepted('ed25519'), ...refused('current')]),
  ]),
  sequence('forged-version', 'a forged one of a high version does not shut the true ones out', [
    first,
    kept(bundle({ ver: 9_000, keys: [jwkOf('stranger')] }, { root: 'other_root' })),
    taken(bundle({ ver: 8, keys: [jwkOf('ed25519')] }), 8, 1, [
      ...accepted('ed25519'),
      ...refused('current', 'stranger'),
    ]),
  ]),
  sequence('issuer-moves', 'issuer, audience and life come with the bundle', [
    taken(bundle(), 7, 2, [...accepted('current'), ...refused('other-audience', 'other-issuer', 'long')]),
    taken(bundle({ ver: 8, aud: 'billing' }), 8, 2, [...accepted('other-audience'), ...refused('current')]),
    taken(bundle({ ver: 9, iss: 'https://other.test' }), 9, 2, [...accepted('other-issuer'), ...refused('current')]),
    taken(bundle({ ver: 10, max_token_seconds: MAX_TOKEN_SECONDS + 1 }), 10, 2, accepted('current', 'long')),
  ]),
  sequence(
    'settings-win',
    'what the service set itself stays',
    [taken(bundle({ aud: 'billing', iss: 'https://other.test', max_token_seconds: 60 }), 7, 2, accepted('current'))],
    { issuer: ISSUER, audience: 'orders', max_token_seconds: MAX_TOKEN_SECONDS },
  ),
  sequence(
    'root-changes',
    'with both roots named, bundles of either are taken, and never an older one',
    [
      first,
      taken(bundle({ ver: 8, keys: [jwkOf('next')] }, { root: 'other_root' }), 8, 1, [
        ...accepted('next'),
        ...refused('current'),
      ]),
      kept(bundle(), 8, 1, [...accepted('next'), ...refused('current')]),
      taken(bundle({ ver: 9 }), 9, 2, standing),
      kept(bundle({ ver: 10 }, { root: 'stranger' }), 9, 2),
    ],
    { trust_anchor: `${pemOf('root')}${pemOf('other_root')}` },
  ),
  sequence(
    'root-changed',
    'once the old root is named no more, its bundles count no more',
    [
      never(bundle()),
      taken(bundle({ ver: 8 }, { root: 'other_root' }), 8, 2, standing),
      kept(bundle({ ver: 9 }), 8, 2),
    ],
    { trust_anchor: pemOf('other_root') },
  ),
  ...BROKEN.map(([id, title, document]) =>
    sequence(`broken/${id}`, `one ${title}`, [never(document), first, kept(document)]),
  ),
];

export const keyBundles = () => ({ now_ms: NOW * 1000, tokens: TOKENS, sequences });
