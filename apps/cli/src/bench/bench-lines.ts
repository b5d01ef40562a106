import type { Terminal } from '../terminal/terminal.js';
import type { Propagation } from './adapters/propagation.js';
import type { Figures } from './bench.js';
import { type Comparison, quantile } from './rounds.js';

export interface PropagationFigures {
  readonly samples: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly messageP50Ms: number;
  readonly messageP99Ms: number;
  /** p50 against that of a bare message. */
  readonly ratio: number;
}

export interface BenchReport extends Figures {
  readonly entries: number;
  /** `null` where it was not measured. */
  readonly propagation: PropagationFigures | null;
}

/** Of a run that is quiet enough to believe. */
const CONTROL_BAND = [0.95, 1.05] as const;

export function propagationFigures({ revocationMs, messageMs }: Propagation): PropagationFigures {
  const [p50Ms, messageP50Ms] = [quantile(revocationMs, 0.5), quantile(messageMs, 0.5)];
  return {
    samples: revocationMs.length,
    p50Ms,
    p99Ms: quantile(revocationMs, 0.99),
    messageP50Ms,
    messageP99Ms: quantile(messageMs, 0.99),
    ratio: p50Ms / messageP50Ms,
  };
}

export function benchLines(report: BenchReport, hasRedis: boolean, terminal: Terminal): string[] {
  const { control, firstSight, warm, lookup, entries, propagation } = report;
  const row = (what: string, { micros, peerMicros, ratio }: Comparison, peer: string) =>
    `${what.padEnd(30)} ${fixed(micros)} µs   ${ratio.toFixed(3).padStart(7)} x  ${peer} (${fixed(peerMicros).trim()} µs)`;
  const isQuiet = control.ratio >= CONTROL_BAND[0] && control.ratio <= CONTROL_BAND[1];
  return [
    row('first sight of a token', firstSight, 'raw signature check and parse'),
    row('token seen before', warm, 'its first sight'),
    row(`… with ${entries} revocations`, lookup, 'with none'),
    row('control: first sight', control, 'first sight'),
    propagation
      ? `revocation, written → enforced    p50 ${propagation.p50Ms.toFixed(2)} ms, p99 ${propagation.p99Ms.toFixed(2)} ms ` +
        `over ${propagation.samples}; ${propagation.ratio.toFixed(2)} x a bare message`
      : `revocation, written → enforced    not measured: ${hasRedis ? 'the feed does not answer, or is empty' : 'no REDIS_URL, or --no-feed'}`,
    '',
    isQuiet
      ? 'Figures of one short run on this machine. Compare ratios, not microseconds, and repeat before believing.'
      : terminal.tint(
          'doubtful',
          'Noisy: the control is off 1 by more than 5 %. Other work is running here; do not believe this run.',
        ),
  ];
}

function fixed(micros: number): string {
  return (micros >= 100 ? micros.toFixed(0) : micros.toPrecision(3)).padStart(8);
}
