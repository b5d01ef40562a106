// What each scope ends, up to the edge of its cut-off, and that of several entries the highest holds.
import { ISSUED, WHO } from './tokens.mjs';
import { entry, following, UNTIL_MS } from './writer.mjs';

const ALL = ['alice', 'alice-later', 'alice-elsewhere', 'alice-gen-4', 'bob'];

/** All are accepted but those named with their reason. */
const but = (refusals) => ALL.map((name) => [name, refusals[name] ?? 'accepted']);

const alices = (reason) => ({ alice: reason, 'alice-later': reason, 'alice-elsewhere': reason, 'alice-gen-4': reason });

/** Told one after the other; then what is held and who is refused. */
function told(id, title, entries, held, refusals, rows = ['F10']) {
  const { writer, script } = following(id, rows, title);
  const records = entries.map((each) => writer.record(each));
  return script.told(...records).expect({ age: 0, at: records.at(-1) }, held, but(refusals));
}

const one = (id, title, each, refusals) => told(id, title, [each], [each], refusals);

/** One that ends none of these tokens, beside one that does. */
function none(id, title, each) {
  const other = entry('jti', 'elsewhere');
  return told(id, title, [each, other], [each, other], { 'alice-elsewhere': 'TOKEN_REVOKED' });
}

const single = () => [
  one('sid', 'a session with all its tokens', entry('sid', WHO.aliceSession), {
    alice: 'SESSION_REVOKED',
    'alice-later': 'SESSION_REVOKED',
    'alice-gen-4': 'SESSION_REVOKED',
  }),
  none('sid-other', 'a session nobody asks about', entry('sid', 'f'.repeat(64))),
  none('sid-prefix', 'a session id is compared whole', entry('sid', WHO.aliceSession.slice(0, 63))),
  one('jti', 'one token and no other', entry('jti', WHO.aliceToken), { alice: 'TOKEN_REVOKED' }),
  one('kid', 'every token of one key', entry('kid', WHO.currentKey), alices('TOKEN_REVOKED')),
  one('kid-next', 'of another key', entry('kid', WHO.nextKey), { bob: 'TOKEN_REVOKED' }),
  one('sub', 'a user’s tokens of a lower generation', entry('sub', WHO.alice, { cutoff: 4 }), {
    ...alices('TOKEN_STALE'),
    'alice-gen-4': 'accepted',
  }),
  none('sub-edge', 'the generation named is still accepted', entry('sub', WHO.alice, { cutoff: 3 })),
  one('sub-all', 'of a higher one than any token has', entry('sub', WHO.alice, { cutoff: 9 }), alices('TOKEN_STALE')),
  none('sub-prefix', 'a user id is compared whole', entry('sub', '4', { cutoff: 9 })),
  one('client', 'a client’s tokens up to and including the cut-off', entry('client', 'web', { cutoff: ISSUED }), {
    ...alices('TOKEN_REVOKED'),
    'alice-later': 'accepted',
  }),
  none('client-edge', 'issued a second after it', entry('client', 'web', { cutoff: ISSUED - 1 })),
  one('client-other', 'of another client', entry('client', 'mobile', { cutoff: ISSUED }), { bob: 'TOKEN_REVOKED' }),
  one('before', 'every token up to and including the cut-off', entry('before', '*', { cutoff: ISSUED }), {
    ...alices('TOKEN_REVOKED'),
    'alice-later': 'accepted',
    bob: 'TOKEN_REVOKED',
  }),
  none('before-edge', 'issued a second after it', entry('before', '*', { cutoff: ISSUED - 1 })),
  one('device', 'a device’s tokens up to and including the cut-off', entry('device', 'phone', { cutoff: ISSUED }), {
    bob: 'TOKEN_REVOKED',
  }),
  none('device-edge', 'issued a second after it', entry('device', 'phone', { cutoff: ISSUED - 1 })),
  none('device-other', 'another device', entry('device', 'tablet', { cutoff: ISSUED })),
  none('same-value', 'a value counts in its own scope only', entry('jti', WHO.aliceSession)),
  none('same-value-client', 'also for cut-offs', entry('client', WHO.alice, { cutoff: ISSUED + 100 })),
];

const sub = (cutoff, untilMs = UNTIL_MS) => entry('sub', WHO.alice, { cutoff, untilMs });
const before = (cutoff, untilMs = UNTIL_MS) => entry('before', '*', { cutoff, untilMs });

/** In every order the same comes out. */
function merged(id, title, entries, held, refusals) {
  return permutations(entries).map((order, n) => told(`${id}-${n}`, title, order, held, refusals, ['F4', 'F10']));
}

function permutations(items) {
  if (items.length < 2) return [items];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}

const several = () => [
  ...merged(
    'highest-sub',
    'the highest generation holds, and the latest end',
    [sub(2, UNTIL_MS + 5_000), sub(4), sub(3)],
    [sub(4, UNTIL_MS + 5_000)],
    {
      ...alices('TOKEN_STALE'),
      'alice-gen-4': 'accepted',
    },
  ),
  ...merged(
    'highest-before',
    'the highest cut-off holds',
    [before(ISSUED, UNTIL_MS - 1_000), before(1, UNTIL_MS + 1_000)],
    [before(ISSUED, UNTIL_MS + 1_000)],
    {
      ...alices('TOKEN_REVOKED'),
      'alice-later': 'accepted',
      bob: 'TOKEN_REVOKED',
    },
  ),
  ...merged(
    'twice',
    'the same end twice is one, with the later end',
    [entry('sid', WHO.bobSession), entry('sid', WHO.bobSession, { untilMs: UNTIL_MS + 1 })],
    [entry('sid', WHO.bobSession, { untilMs: UNTIL_MS + 1 })],
    { bob: 'SESSION_REVOKED' },
  ),
  ...merged(
    'apart',
    'entries of different values do not touch each other',
    [sub(4), entry('sub', WHO.bob, { cutoff: 1 })],
    [sub(4), entry('sub', WHO.bob, { cutoff: 1 })],
    {
      ...alices('TOKEN_STALE'),
      'alice-gen-4': 'accepted',
      bob: 'TOKEN_STALE',
    },
  ),
];

/** The first of these that concerns a token names the reason. */
const order = () => {
  const all = [
    sub(9),
    entry('client', 'web', { cutoff: ISSUED }),
    entry('jti', WHO.aliceToken),
    entry('sid', WHO.aliceSession),
  ];
  return [
    told('order', 'the session comes before the token, the token before the generation', all, all, {
      alice: 'SESSION_REVOKED',
      'alice-later': 'SESSION_REVOKED',
      'alice-gen-4': 'SESSION_REVOKED',
      'alice-elsewhere': 'TOKEN_REVOKED',
    }),
    told('order-client', 'the client before the generation', all.slice(0, 2), all.slice(0, 2), {
      ...alices('TOKEN_REVOKED'),
      'alice-later': 'TOKEN_STALE',
    }),
    told(
      'order-kid',
      'the key before the generation',
      [sub(9), entry('kid', WHO.currentKey)],
      [sub(9), entry('kid', WHO.currentKey)],
      alices('TOKEN_REVOKED'),
    ),
  ];
};

export const scopeTranscripts = () => [...single(), ...several(), ...order()];
