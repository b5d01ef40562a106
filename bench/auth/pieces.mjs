import { ratioFigure } from '../harness/judge.mjs';
import { measureOperations } from './operations.mjs';
import { measureRush } from './rush.mjs';

const NAMES = { signIn: 'sign-in', refresh: 'refresh', list: 'list of sessions', signOut: 'sign-out' };

/** What `npm run bench -- auth` measures; see `validator/pieces.mjs` for what the members are. */
export const PIECES = {
  operations: {
    title: 'What people do all day',
    limitSeconds: 2_400,
    measure: measureOperations,
    figures: ({ operations }) => [
      ratioFigure('sign-in / bare argon2id', operations.signIn.toRaw, { goal: 0.8, better: 'higher' }),
      ratioFigure('sign-in of better-auth / bare argon2id', operations.signIn.betterAuthToRaw),
      ...Object.entries(operations).flatMap(([operation, { gatehouse, betterAuth, toBetterAuth }]) => [
        ratioFigure(`${NAMES[operation]} / better-auth`, toBetterAuth, { goal: 1, better: 'higher' }),
        { what: `${NAMES[operation]}: a second`, value: gatehouse.perSecond, unit: '' },
        { what: `${NAMES[operation]}: p99`, value: gatehouse.p99Ms, unit: 'ms' },
        { what: `${NAMES[operation]} of better-auth: a second`, value: betterAuth.perSecond, unit: '' },
        { what: `${NAMES[operation]} of better-auth: p99`, value: betterAuth.p99Ms, unit: 'ms' },
      ]),
      { what: 'bare argon2id: a second', value: operations.signIn.rawPerSecond, unit: '' },
      {
        what: 'answers other than 200, both',
        value: Object.values(operations).reduce(
          (sum, { gatehouse, betterAuth }) => sum + gatehouse.not200 + betterAuth.not200,
          0,
        ),
        unit: '',
        must: 0,
      },
    ],
    controls: ({ operations }) => [
      ...Object.entries(operations).map(([operation, { rounds, control, gatehouse }]) => ({
        of: NAMES[operation],
        ratio: control,
        rounds,
        generatorBusy: gatehouse.generatorBusy,
      })),
      { of: 'bare argon2id', ratio: operations.signIn.rawControl, rounds: operations.signIn.rounds },
    ],
  },
  rush: {
    title: 'Ten thousand sign-ins at a time',
    limitSeconds: 700,
    measure: measureRush,
    figures: ({
      admittedToRaw,
      refusedP99Ms,
      admittedP99Ms,
      othersP99Ms,
      othersNotOk,
      unanswered,
      peakRssMiB,
      refused,
    }) => [
      ratioFigure('admitted / bare argon2id', admittedToRaw, { must: 0.8, better: 'higher' }),
      { what: 'p99 of the refused', value: refusedP99Ms, unit: 'ms', must: 100 },
      { what: 'p99 of the admitted', value: admittedP99Ms, unit: 'ms', must: 2_000 },
      ...Object.entries(othersP99Ms).map(([name, value]) => ({
        what: `meanwhile, ${name}: p99`,
        value,
        unit: 'ms',
        must: 200,
      })),
      { what: 'meanwhile, answers other than 200', value: othersNotOk, unit: '', must: 0 },
      { what: 'never answered', value: unanswered, unit: '', must: 0 },
      { what: 'refused', value: refused, unit: '' },
      { what: 'highest resident memory', value: peakRssMiB, unit: 'MiB', must: 512 },
    ],
    controls: ({ rushes, control }) => [{ of: 'bare argon2id', ratio: control, rounds: rushes.length }],
  },
};
