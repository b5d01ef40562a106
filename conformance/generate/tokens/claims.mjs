// J3 to J7, J15, C6: what a token of this issuer, for this service, must say.
import { bundle, claims, header, hex64, NOW, standardValidator, token } from '../claims.mjs';
import { TokenGroup } from '../group.mjs';
import { jws } from '../sign.mjs';

function issuer() {
  const group = new TokenGroup('J3', ['J3', 'C6'], 'the issuer is one exact string');
  const others = [
    ['another', 'https://evil.test'],
    ['slash', 'https://auth.test/'],
    ['upper-case', 'https://AUTH.test'],
    ['longer-host', 'https://auth.test.evil'],
    ['prefix', 'https://auth.tes'],
    ['space', 'https://auth.test '],
    ['array', ['https://auth.test']],
    ['array-with-another', ['https://evil.test', 'https://auth.test']],
    ['null', null],
    ['empty', ''],
    ['object', { iss: 'https://auth.test' }],
  ];
  for (const [id, iss] of others) group.refuse(id, JSON.stringify(iss), token({ iss }));
  return group;
}

function issuerSet() {
  const validator = { ...standardValidator(), issuer: 'https://other.test', audience: 'billing' };
  const own = token({ iss: 'https://other.test', aud: 'billing' });
  return new TokenGroup(
    'J3-set',
    ['J3', 'J4'],
    'issuer and audience set by the service win over the bundle',
    validator,
    own,
  )
    .refuse('bundle-issuer', 'the issuer of the bundle', token({ aud: 'billing' }))
    .refuse('bundle-audience', 'the audience of the bundle', token({ iss: 'https://other.test' }));
}

function audience() {
  return new TokenGroup('J4', ['J4'], 'the audience names this service')
    .accept('array', 'an array of it', token({ aud: ['orders'] }))
    .accept('array-with', 'an array with it', token({ aud: ['billing', 'orders'] }))
    .refuse('another', 'another', token({ aud: 'billing' }))
    .refuse('others', 'others', token({ aud: ['billing', 'orders2'] }))
    .refuse('nobody', 'an empty array', token({ aud: [] }))
    .refuse('mixed', 'an array that holds something else too', token({ aud: ['orders', 1] }))
    .refuse('mixed-empty', 'an array that holds the empty string too', token({ aud: ['orders', ''] }))
    .refuse('part', 'part of it', token({ aud: 'ord' }))
    .refuse('longer', 'more than it', token({ aud: 'orders orders' }))
    .refuse('case', 'in upper case', token({ aud: 'ORDERS' }))
    .refuse('object', 'an object', token({ aud: { 0: 'orders' } }));
}

function type() {
  const group = new TokenGroup('J5', ['J5', 'J6'], 'only access tokens are access tokens').accept(
    'long',
    'application/at+jwt',
    token({}, { typ: 'application/at+jwt' }),
  );
  const others = ['JWT', 'jwt', 'AT+JWT', 'logout+jwt', 'rt+jwt', 'secevent+jwt', 'gatehouse-keys+jwt', ''];
  for (const [n, typ] of others.entries()) group.refuse(`typ-${n}`, `typ "${typ}"`, token({}, { typ }));
  const idToken = { iss: 'https://auth.test', aud: 'orders', sub: '42', iat: NOW, exp: NOW + 600, nonce: 'n' };
  return group
    .refuse('typ-absent', 'no typ', token({}, { typ: undefined }))
    .refuse('typ-array', 'typ in an array', token({}, { typ: ['at+jwt'] }))
    .refuse('bundle', 'the key bundle', bundle())
    .refuse('id-token', 'an ID token', jws(header({ typ: 'JWT' }), idToken, 'current'))
    .refuse('id-token-typed', 'an ID token that says it is an access token', jws(header(), idToken, 'current'))
    .refuse('refresh-token', 'a refresh token', `${hex64('a session')}.${hex64('a secret')}`);
}

const TIMES = ['1700000000', null, [], {}, true, -1, 1.5, 1e300, 2 ** 53, 'NaN'];

function types() {
  const group = new TokenGroup('J7-types', ['J7'], 'every claim is there and of its type');
  for (const claim of Object.keys(claims())) group.refuse(`no-${claim}`, `no ${claim}`, token({ [claim]: undefined }));
  for (const claim of ['exp', 'iat', 'auth_time', 'nbf', 'gen']) {
    for (const [n, value] of TIMES.entries()) {
      group.refuse(`${claim}-${n}`, `${claim} ${JSON.stringify(value)}`, token({ [claim]: value }));
    }
  }
  const mistyped = [
    [
      'sub',
      [
        42,
        '',
        '0',
        '-1',
        '+1',
        '1e3',
        '0x10',
        '007',
        ' 42',
        '42\n',
        '４２',
        '9007199254740992',
        '9007199254740993',
        '10000000000000000',
        ['42'],
        null,
      ],
    ],
    ['sid', ['A'.repeat(64), 'a'.repeat(63), 'a'.repeat(65), `${'a'.repeat(64)}\n`, 'g'.repeat(64), 7, null]],
    ['jti', ['', 7, null, ['x']]],
    ['roles', ['admin', [1], [''], { 0: 'admin' }, null]],
    ['scope', [['a'], null, 1]],
    ['amr', ['pwd', [null], null]],
    ['acr', [1, '', null]],
    ['client_id', [null, '', 1, ['web']]],
    ['device_id', [null, '', 1, ['phone']]],
    [
      'act',
      [
        null,
        '',
        '7',
        7,
        [],
        ['7'],
        {},
        { sub: 7 },
        { sub: '' },
        { sub: '0' },
        { sub: '9007199254740992' },
        { sub: 'svc_x' },
      ],
    ],
  ];
  for (const [claim, values] of mistyped) {
    for (const [n, value] of values.entries()) {
      group.refuse(`${claim}-${n}`, `${claim} ${JSON.stringify(value)}`, token({ [claim]: value }));
    }
  }
  return group;
}

function values() {
  const group = new TokenGroup('J7-values', ['J7'], 'the ends of what a claim may be');
  const accepted = [
    ['device', 'a device, which need not be named', { device_id: 'phone' }],
    ['actor', 'an administrator who acts in the person’s place (RFC 8693 §4.1)', { act: { sub: '7' } }],
    ['actor-before', 'who acted before is of no account', { act: { sub: '7', act: { sub: '8' } } }],
    ['sub-largest', 'the largest user id', { sub: '9007199254740991' }],
    ['sub-smallest', 'the smallest user id', { sub: '1' }],
    ['gen-zero', 'generation 0', { gen: 0 }],
    ['gen-largest', 'the largest generation', { gen: Number.MAX_SAFE_INTEGER }],
    ['no-roles', 'nobody special', { roles: [], amr: [] }],
    ['no-scope', 'no scope', { scope: '' }],
    ['spaces', 'scopes with spaces too many', { scope: ' orders:read  orders:write ' }],
    ['old-sign-in', 'signed in long ago', { auth_time: 0 }],
  ];
  for (const [id, title, change] of accepted) group.accept(id, title, token(change), change);
  return group
    .accept('longest', 'the longest life the issuer allows', token({ iat: NOW, exp: NOW + 900 }))
    .refuse('too-long', 'a second longer', token({ iat: NOW, exp: NOW + 901 }))
    .refuse('no-life', 'a life that ends as it begins', token({ iat: NOW, exp: NOW }))
    .refuse('backwards', 'a life that ends before it begins', token({ iat: NOW + 10, exp: NOW + 5 }));
}

function privacy() {
  return new TokenGroup('J15', ['J15'], 'a token names nobody, and claims that are not known are not handed on')
    .accept(
      'more',
      'an e-mail and a password beside the claims: the principal has neither',
      token({ email: 'a@b.test', password: 'x', user_id: 1, constructor: 'x' }),
    )
    .refuse('email', 'an e-mail for a user id', token({ sub: 'a@b.test' }));
}

export const claimGroups = () => [issuer(), issuerSet(), audience(), type(), types(), values(), privacy()];
