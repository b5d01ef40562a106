// J13, C5: a signature is checked, not only its form; and a token that was seen before lends nothing to another.
import { p256 } from '@noble/curves/nist.js';
import { constants, sign } from 'node:crypto';
import { bundle, claims, header, hex64, token } from '../claims.mjs';
import { TokenGroup } from '../group.mjs';
import { jwkOf, pemOf, privateKeyOf } from '../keys.mjs';
import { base64url } from '../sign.mjs';

const parts = (text) => text.split('.');
const signatureOf = (text) => Buffer.from(parts(text)[2], 'base64url');
const resigned = (text, bytes) => [...parts(text).slice(0, 2), base64url(bytes)].join('.');

function ecdsa() {
  const good = token();
  const bytes = signatureOf(good);
  const [r, s] = [bytes.subarray(0, 32), bytes.subarray(32)];
  const zero = Buffer.alloc(32);
  const order = Buffer.from(p256.Point.Fn.ORDER.toString(16), 'hex');
  const group = new TokenGroup('J13-es256', ['J13'], 'ES256 signatures');
  const forge = (id, title, forged) => group.refuse(id, title, resigned(good, forged));
  forge('zero', 'all zero (CVE-2022-21449)', Buffer.alloc(64));
  forge('r-zero', 'r of zero', Buffer.concat([zero, s]));
  forge('s-zero', 's of zero', Buffer.concat([r, zero]));
  forge('order', 'r and s are the order of the group', Buffer.concat([order, order]));
  forge('ones', 'all ones', Buffer.alloc(64, 0xff));
  forge('swapped', 'r and s swapped', Buffer.concat([s, r]));
  forge('short', 'a byte short', bytes.subarray(0, 63));
  forge('long', 'a byte long', Buffer.concat([bytes, Buffer.alloc(1)]));
  forge('long-zero', 'a zero in front of s', Buffer.concat([r, Buffer.alloc(1), s]));
  forge('one-byte', 'one byte', Buffer.alloc(1));
  forge('der', 'in DER, as everywhere but in JWS', p256.Signature.fromBytes(bytes).toBytes('der'));
  for (let bit = 3; bit < 512; bit += 73) {
    const flipped = Buffer.from(bytes);
    flipped[bit >> 3] ^= 1 << (bit & 7);
    forge(`bit-${bit}`, `bit ${bit} flipped`, flipped);
  }
  const twin = p256.Signature.fromBytes(bytes);
  const other = new p256.Signature(twin.r, p256.Point.Fn.ORDER - twin.s).toBytes('compact');
  return group
    .accept('twin', 's and its negative are as good: JWS has no rule of the lower one', resigned(good, other))
    .refuse(
      'other-claims',
      'claims that were changed',
      [parts(good)[0], base64url(JSON.stringify(claims({ roles: ['admin'] }))), parts(good)[2]].join('.'),
    )
    .refuse(
      'other-header',
      'a header that was changed',
      [base64url(JSON.stringify({ ...header(), x: 1 })), ...parts(good).slice(1)].join('.'),
    );
}

function others() {
  const validator = { trust_anchor: pemOf('root'), key_bundle: bundle({ keys: [jwkOf('rsa'), jwkOf('ed25519')] }) };
  const [rsa, ed] = [token({}, {}, 'rsa'), token({}, {}, 'ed25519')];
  const pss = { key: privateKeyOf('rsa'), padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 0 };
  const input = Buffer.from(parts(rsa).slice(0, 2).join('.'));
  const last = (bytes) => Buffer.concat([bytes.subarray(0, -1), Buffer.from([bytes.at(-1) ^ 1])]);
  return new TokenGroup('J13-others', ['J13', 'J1'], 'RS256 and EdDSA signatures', validator, rsa)
    .accept('ed25519', 'a good EdDSA token', ed)
    .refuse('rsa-bit', 'RS256, one bit flipped', resigned(rsa, last(signatureOf(rsa))))
    .refuse('rsa-short', 'RS256, a byte short', resigned(rsa, signatureOf(rsa).subarray(1)))
    .refuse('rsa-pss', 'RS256 in name, PSS in padding', resigned(rsa, sign('sha256', input, pss)))
    .refuse('rsa-sha384', 'RS256 in name, SHA-384 inside', resigned(rsa, sign('sha384', input, privateKeyOf('rsa'))))
    .refuse('rsa-zero', 'RS256, all zero', resigned(rsa, Buffer.alloc(256)))
    .refuse('ed-bit', 'EdDSA, one bit flipped', resigned(ed, last(signatureOf(ed))))
    .refuse(
      'ed-plus-order',
      'EdDSA, S plus the order of the group (RFC 8032 §5.1.7)',
      resigned(ed, plusOrder(signatureOf(ed))),
    )
    .refuse('ed-zero', 'EdDSA, all zero', resigned(ed, Buffer.alloc(64)))
    .refuse(
      'ed-for-rsa',
      'the EdDSA token under the kid of the RSA key',
      token({}, { kid: jwkOf('rsa').kid }, 'ed25519'),
    )
    .refuse('not-in-bundle', 'a key that is not in this bundle', token());
}

/** The same signature to whoever forgets to check that S is below the order of the group. */
function plusOrder(signature) {
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + order;
  const bytes = Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse();
  return Buffer.concat([signature.subarray(0, 32), bytes]);
}

function remembered() {
  const good = token();
  const [head, , signature] = parts(good);
  const group = new TokenGroup(
    'C5',
    ['C5'],
    'in this order, by one validator: a remembered token is that token and no other',
  );
  for (let n = 1; n <= 8; n++) {
    const forged = base64url(JSON.stringify(claims({ sub: String(n), roles: ['admin'] })));
    group.refuse(
      `forged-${n}`,
      `its header and signature around the claims of user ${n}`,
      [head, forged, signature].join('.'),
    );
  }
  const other = { sub: '43', sid: hex64('session of 43'), roles: ['admin'] };
  return group
    .accept('other', 'another good token', token(other), other)
    .accept('again', 'the first one again, as whom it says', good)
    .refuse('later', 'the first one again, when its time is over', good, 'TOKEN_EXPIRED', (claims().exp + 30) * 1000);
}

export const signatureGroups = () => [ecdsa(), others(), remembered()];
