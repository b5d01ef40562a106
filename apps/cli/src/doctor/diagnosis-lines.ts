import type { Terminal, Tint } from '../terminal/terminal.js';
import type { Severity } from './catalogue/entry.js';
import type { Diagnosis } from './finding.js';

const TINTS: Record<Severity, Tint> = { danger: 'bad', warning: 'doubtful', note: 'faint' };

/** Findings first, the worst on top; then what is well, in a line. */
export function diagnosisLines({ verdict, isComplete, findings, passed }: Diagnosis, terminal: Terminal): string[] {
  const counts = (['danger', 'warning', 'note'] as const).map(
    (severity) => `${findings.filter((one) => one.severity === severity).length} ${severity}`,
  );
  return [
    ...findings.flatMap(({ severity, code, subject, detail, meaning, cure }) => [
      `${terminal.tint(TINTS[severity], severity.padEnd(7))}  ${terminal.tint('strong', code)}  ${subject}${detail ? `: ${detail}` : ''}`,
      `         ${meaning}`,
      `         Cure: ${cure}`,
      '',
    ]),
    ...(passed.length > 0 ? [`${terminal.tint('good', 'well')}     ${passed.join(', ')}`] : []),
    `${verdict === 'sound' ? terminal.tint('good', 'sound') : terminal.tint('bad', 'unsound')}${isComplete ? '' : ', and not everything could be seen'}: ${counts.join(', ')}`,
  ];
}
