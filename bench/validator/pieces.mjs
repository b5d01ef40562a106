import { ratioFigure } from '../harness/judge.mjs';
import { measureCallsToAuth } from './calls/calls-to-auth.mjs';
import { measureLookUp, measureMemory } from './ended-list/ended-list.mjs';
import { measureCatchUp } from './feed/catch-up.mjs';
import { measurePropagation } from './feed/propagation.mjs';
import { measureFlood } from './flood/flood.mjs';
import { measureField, measureHttp } from './http/http.mjs';
import { measureTokenCheck } from './token-check/token-check.mjs';

/**
 * What `npm run bench -- validator` measures, in this order. `figures` are the lines that are judged, `controls` what
 * decides whether they count; both are read out of what `measure` returns. `limitSeconds` ends a piece that hangs.
 */
export const PIECES = {
  http: {
    title: 'A guarded route over HTTP',
    limitSeconds: 1_000,
    measure: measureHttp,
    figures: ({ contenders }) => [
      ratioFigure('Nest guard, warm tokens / the same route without authentication', contenders.guard.toOpen, {
        must: 0.85,
        goal: 0.97,
        better: 'higher',
      }),
      ratioFigure(
        'Nest guard, warm tokens / tuned passport-jwt + Redis on Fastify',
        contenders.guard.toPassportRedisTuned,
        { must: 2.5, goal: 3.5, better: 'higher' },
      ),
      ratioFigure('Fastify hook in Nest / the same route without authentication', contenders.hook.toOpen),
      ...answersOf(contenders),
    ],
    controls: (result) => [{ of: 'the open route', ...controlOf(result) }],
  },
  field: {
    title: 'Everybody over HTTP',
    limitSeconds: 1_200,
    measure: measureField,
    figures: ({ contenders }) => answersOf(contenders),
    controls: (result) => [{ of: 'the open route', ...controlOf(result) }],
  },
  'token-check': {
    title: 'One ES256 token',
    limitSeconds: 150,
    measure: measureTokenCheck,
    figures: ({ firstSight, warm }) => [
      ratioFigure('first sight / raw node:crypto verify + JSON.parse', firstSight.toBare.ours, {
        must: 1.15,
        goal: 1.05,
      }),
      { what: 'first sight', value: firstSight.us.ours, unit: 'µs' },
      { what: 'seen before', value: warm.us.ours, unit: 'µs' },
      ratioFigure('seen before / fast-jwt with its cache', warm.oursToFastJwt),
    ],
    controls: ({ rounds, firstSight, warm }) => [
      { of: 'first sight', ratio: firstSight.control, rounds },
      { of: 'seen before', ratio: warm.control, rounds },
    ],
  },
  'look-up': {
    title: 'The list of what has ended: look-up',
    limitSeconds: 150,
    measure: measureLookUp,
    figures: ({ newString, keptString }) => [
      ratioFigure('look-up of a new string at 1M / Map<string, number>', newString.listToMap, { must: 1.2, goal: 0.9 }),
      ratioFigure('look-up of a kept string at 1M / Map<string, number>', keptString.listToMap),
      { what: 'look-up of a new string', value: newString.listNs, unit: 'ns' },
      { what: 'look-up of a kept string', value: keptString.listNs, unit: 'ns' },
    ],
    controls: ({ rounds, newString, keptString }) => [
      { of: 'new string', ratio: newString.control, rounds },
      { of: 'kept string', ratio: keptString.control, rounds },
    ],
  },
  memory: {
    title: 'The list of what has ended: memory',
    limitSeconds: 400,
    measure: measureMemory,
    figures: ({ list, map }) => [
      { what: 'heap and buffers per entry at 1M', value: list.heldBytes, unit: 'B', must: 60, goal: 26 },
      { what: 'resident per entry at 1M', value: list.residentBytes, unit: 'B', must: 60, goal: 26 },
      { what: 'highest resident per entry while it grew', value: list.peakResidentBytes, unit: 'B' },
      { what: 'Map<string, number>: heap and buffers per entry', value: map.heldBytes, unit: 'B' },
      { what: 'Map<string, number>: resident per entry', value: map.residentBytes, unit: 'B' },
    ],
    controls: ({ control, rounds }) => [{ of: 'the Map again', ratio: control, rounds }],
  },
  propagation: {
    title: 'From the answer to a sign-out until everybody refuses',
    limitSeconds: 240,
    measure: measurePropagation,
    figures: ({ sizes }) =>
      Object.entries(sizes).flatMap(([size, { p99ToBare, signOutMs, bareMs }]) => {
        const who = size === '1' ? '1 validator' : `${size} validators`;
        return [
          ratioFigure(`p99, ${who} / p99 of bare pub/sub`, p99ToBare, { must: 2, goal: 1.2 }),
          { what: `sign-out answered to refused, ${who}: p50`, value: signOutMs.p50, unit: 'ms' },
          { what: `sign-out answered to refused, ${who}: p99`, value: signOutMs.p99, unit: 'ms' },
          { what: `bare pub/sub, ${who}: p99`, value: bareMs.p99, unit: 'ms' },
        ];
      }),
    controls: ({ sizes }) =>
      Object.entries(sizes).map(([size, { control, rounds }]) => ({
        of: `bare pub/sub with ${size}, p50`,
        ratio: control,
        rounds,
      })),
  },
  'catch-up': {
    title: 'Starting beside a full log',
    limitSeconds: 400,
    measure: measureCatchUp,
    figures: ({ toBare, worstStallMs, validatorMs, bareMs }) => [
      ratioFigure('catch-up of 1M entries / bare XREAD COUNT 1000 loop', toBare, { must: 1.5, goal: 0.2 }),
      { what: 'longest stall of the event loop', value: worstStallMs, unit: 'ms', must: 50 },
      { what: 'catch-up', value: validatorMs, unit: 'ms' },
      { what: 'bare loop', value: bareMs, unit: 'ms' },
    ],
    controls: ({ control, rounds }) => [{ of: 'the bare loop', ratio: control, rounds }],
  },
  calls: {
    title: 'Calls to the auth service',
    limitSeconds: 150,
    measure: measureCallsToAuth,
    figures: ({ callsAtIssuer, callsServedByAuth, requests, non2xx }) => [
      {
        what: 'calls over the run, restarts and a key rotation included',
        value: callsAtIssuer + callsServedByAuth,
        unit: '',
        must: 0,
        goal: 0,
      },
      { what: 'good tokens refused meanwhile', value: non2xx, unit: '', must: 0 },
      { what: 'requests checked meanwhile', value: requests, unit: '' },
    ],
    controls: () => [],
  },
  flood: {
    title: 'A flood of distinct forged tokens',
    limitSeconds: 360,
    measure: measureFlood,
    figures: ({ inProcess, overHttp }) => [
      ...Object.entries(inProcess.kinds).map(([kind, { toBare }]) =>
        ratioFigure(`cost, ${kind} / one failed raw verification`, toBare, { must: 1.15, goal: 1.05 }),
      ),
      { what: 'good tokens pushed out of the cache', value: inProcess.evicted + overHttp.evicted, unit: '', must: 0 },
      ratioFigure('p99 of good tokens, flooded / quiet', overHttp.p99FloodToQuiet, { must: 3 }),
      { what: 'good tokens refused meanwhile', value: overHttp.validNon2xx, unit: '', must: 0 },
    ],
    controls: ({ inProcess, overHttp }) => [
      { of: 'one failed verification', ratio: inProcess.control, rounds: inProcess.rounds },
      { of: 'good tokens in quiet, p50', ratio: overHttp.control, rounds: overHttp.rounds },
    ],
  },
};

function answersOf(contenders) {
  const value = Object.values(contenders).reduce((sum, { non2xx }) => sum + non2xx, 0);
  return [{ what: 'answers other than 2xx, all contenders', value, unit: '', must: 0 }];
}

function controlOf({ control, rounds, contenders }) {
  const generatorBusy = Math.max(...Object.values(contenders).map((contender) => contender.generatorBusy));
  return { ratio: control, rounds, generatorBusy };
}
