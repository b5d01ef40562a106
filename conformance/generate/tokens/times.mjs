// J12: times are honoured with the tolerance and no more.
import { NOW, standardValidator, token } from '../claims.mjs';
import { TokenGroup } from '../group.mjs';

/** Long enough ago that neither `exp` nor the life of the token is in the way. */
const issued = (change) => token({ iat: NOW - 100, exp: NOW + 500, ...change });

function edges(id, title, tolerance, settings) {
  return new TokenGroup(id, ['J12'], title, { ...standardValidator(), ...settings })
    .accept('exp-last', 'the last second', issued({ exp: NOW - tolerance + 1 }))
    .accept('exp-last-ms', 'the last millisecond', issued({ exp: NOW - tolerance }), {}, NOW * 1000 - 1)
    .refuse('exp', 'the first instant after it', issued({ exp: NOW - tolerance }), 'TOKEN_EXPIRED')
    .refuse('exp-after', 'a second later', issued({ exp: NOW - tolerance - 1 }), 'TOKEN_EXPIRED')
    .accept('nbf', 'nbf at the edge', issued({ nbf: NOW + tolerance }))
    .refuse('nbf-after', 'nbf a second beyond', issued({ nbf: NOW + tolerance + 1 }))
    .accept('nbf-past', 'nbf long ago', issued({ nbf: NOW - 5_000 }))
    .accept('iat', 'iat at the edge', issued({ iat: NOW + tolerance }))
    .refuse('iat-after', 'iat a second beyond', issued({ iat: NOW + tolerance + 1 }));
}

function order() {
  return new TokenGroup('J12-order', ['J12', 'J7'], 'expired is said only of a token that is otherwise good')
    .refuse('expired', 'expired', token({}), 'TOKEN_EXPIRED', (NOW + 900) * 1000)
    .refuse(
      'expired-audience',
      'expired, and for somebody else',
      token({ aud: 'billing' }),
      'TOKEN_INVALID',
      (NOW + 900) * 1000,
    )
    .refuse(
      'expired-forged',
      'expired, and of another key',
      token({}, {}, 'stranger'),
      'TOKEN_INVALID',
      (NOW + 900) * 1000,
    );
}

export const timeGroups = () => [
  edges('J12-default', 'the tolerance unless told: 30 seconds', 30, {}),
  edges('J12-none', 'no tolerance', 0, { clock_tolerance_seconds: 0 }),
  edges('J12-most', 'the most tolerance', 60, { clock_tolerance_seconds: 60 }),
  order(),
];
