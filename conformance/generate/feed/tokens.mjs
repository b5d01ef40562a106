// The tokens the transcripts ask about.
import { hex64, NOW, token } from '../claims.mjs';

const A = hex64('a session of alice');
const B = hex64('another session of alice');
const C = hex64('a session of bob');

/** Values that entries name. */
export const WHO = {
  alice: '42',
  bob: '43',
  aliceSession: A,
  aliceOtherSession: B,
  bobSession: C,
  aliceToken: 'token-of-alice',
  bobToken: 'token-of-bob',
  currentKey: 'key-2026-01',
  nextKey: 'key-2026-02',
};

/** When alice's and bob's tokens were issued. */
export const ISSUED = NOW - 100;

const alice = { sub: '42', sid: A, jti: WHO.aliceToken, gen: 3, client_id: 'web' };
const bob = { sub: '43', sid: C, jti: WHO.bobToken, gen: 0, client_id: 'mobile', device_id: 'phone' };

export const feedTokens = () => ({
  alice: token(alice),
  /** The same session, a token of a second later. */
  'alice-later': token({ ...alice, jti: 'later', iat: ISSUED + 1 }),
  'alice-elsewhere': token({ ...alice, sid: B, jti: 'elsewhere' }),
  'alice-gen-4': token({ ...alice, jti: 'gen-4', gen: 4 }),
  'alice-expired': token({ ...alice, iat: NOW - 900, exp: NOW - 60 }),
  'alice-forged': token(alice, {}, 'stranger'),
  /** Another user, client, key, and a device. */
  bob: token(bob, {}, 'next'),
  /** A bystander: nothing here ever ends her session. */
  carol: token({ sub: '44', sid: hex64('a session of carol'), jti: 'token-of-carol', client_id: 'desk' }, {}, 'next'),
  /** Of a quarter of an hour later. */
  'bob-later': token({ ...bob, jti: 'later', iat: NOW + 850, exp: NOW + 1_750 }, {}, 'next'),
});
