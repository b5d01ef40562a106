import type { ExplainedStep } from '@gatehouse/session-validator';
import type { Terminal, Tint } from '../terminal/terminal.js';
import { duration, instant } from '../terminal/times.js';
import type { TokenReport } from './explain-token.js';

const MARKS: Record<ExplainedStep['outcome'], readonly [string, Tint]> = {
  passed: ['ok  ', 'good'],
  failed: ['FAIL', 'bad'],
  skipped: ['–   ', 'faint'],
};

/** A report for people: the answer first, then what the token says, then the checks. */
export function explainLines(report: TokenReport, terminal: Terminal): string[] {
  const { accepted, reason, message, unproven, header, claims, secondsFromNow, steps, revocations, feed } = report;
  const head = accepted
    ? terminal.tint('good', 'accepted')
    : `${terminal.tint('bad', `refused: ${reason ?? ''}`)}  ${message ?? ''}`;
  const rows = [...Object.entries(header), ...Object.entries(claims)];
  const state = feed.state === 'off' ? 'not looked up' : `${feed.state}, ${feed.entries} revocations held`;
  return [
    head,
    ...(rows.length > 0 ? ['', unproven ? 'The token says (nothing of it is proven):' : 'The token says:'] : []),
    ...rows.map(([name, value]) => `  ${name.padEnd(10)} ${text(value)}${time(secondsFromNow[name])}`),
    '',
    'Checks:',
    ...steps.map(({ check, outcome, detail }) => {
      const [mark, tint] = MARKS[outcome];
      return `  ${terminal.tint(tint, mark)} ${check.padEnd(15)} ${detail}`;
    }),
    ...revocations.map(
      ({ scope, reason: why, id, untilMs }) =>
        `  revoked by ${scope}: ${why}, receipt ${id}, kept until ${instant(untilMs)}`,
    ),
    '',
    `Feed: ${state}. Keys: ${report.keys.count}, bundle version ${report.keys.version ?? 'unknown'}.`,
  ];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function time(seconds: number | undefined): string {
  if (seconds === undefined) return '';
  return seconds >= 0 ? `  (in ${duration(seconds)})` : `  (${duration(-seconds)} ago)`;
}
