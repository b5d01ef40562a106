import { ratioFigure } from '../harness/judge.mjs';
import { measureMemory } from './memory.mjs';
import { measureThroughput } from './throughput.mjs';

/** What `npm run bench -- gateway` measures; see `validator/pieces.mjs` for what the members are. */
export const PIECES = {
  proxy: {
    title: 'A small answer through a proxy',
    limitSeconds: 900,
    measure: measureThroughput,
    figures: ({ contenders }) => [
      ratioFigure('gateway with a session / bare node:http proxy', contenders.gateway.toBare, {
        must: 0.65,
        goal: 0.9,
        better: 'higher',
      }),
      { what: 'gateway with a session: a second', value: contenders.gateway.perSecond, unit: '' },
      { what: 'gateway with a session: p99', value: contenders.gateway.p99Ms, unit: 'ms' },
      {
        what: 'answers of the gateway other than 2xx',
        value: contenders.gateway.non2xx + contenders.gatewayPublic.non2xx,
        unit: '',
        must: 0,
      },
    ],
    controls: ({ control, rounds, contenders }) => [
      { of: 'the bare proxy', ratio: control, rounds, generatorBusy: contenders.gateway.generatorBusy },
    ],
  },
  memory: {
    title: 'Memory while bodies and streams run through',
    limitSeconds: 300,
    measure: measureMemory,
    figures: ({ upload, stream, streams, uploadMiB }) => [
      { what: `grown during an upload of ${uploadMiB} MiB`, value: upload.grewMiB, unit: 'MiB', must: 64 },
      { what: 'that upload, a second', value: upload.perSecondMiB, unit: 'MiB' },
      { what: `grown while ${streams} streams stay open`, value: stream.grewMiB, unit: 'MiB', must: 16 },
      { what: 'resident per open stream', value: stream.perStreamKiB, unit: 'KiB' },
      { what: 'streams that closed by themselves', value: streams - stream.stillOpen, unit: '', must: 0 },
      { what: 'streams that heard nothing', value: streams - stream.heard, unit: '', must: 0 },
    ],
    controls: () => [],
  },
};
