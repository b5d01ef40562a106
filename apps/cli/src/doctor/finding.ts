import { CATALOGUE, type FindingCode } from './catalogue/catalogue.js';
import type { Severity } from './catalogue/entry.js';

/** Something that is not as it should be. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Where: `Redis`, `replica 1`, `TRUSTED_PROXIES`. Never an address or a value of a variable. */
  readonly subject: string;
  /** What was seen, when the code does not say it all. */
  readonly detail?: string;
  readonly meaning: string;
  readonly cure: string;
}

export function found(code: FindingCode, subject: string, detail?: string): Finding {
  const { severity, meaning, cure } = CATALOGUE[code];
  return { code, severity, subject, ...(detail === undefined ? {} : { detail }), meaning, cure };
}

/** What one check came to. */
export interface Examined {
  readonly check: string;
  /** Empty: all is well. */
  readonly findings: readonly Finding[];
}

/** Everything that was looked at. */
export interface Diagnosis {
  readonly verdict: 'sound' | 'unsound';
  /** A server that is named could not be reached, so part of the set-up was not seen. */
  readonly isComplete: boolean;
  readonly findings: readonly Finding[];
  /** Names of the checks that found nothing. */
  readonly passed: readonly string[];
}

const ORDER: Record<Severity, number> = { danger: 0, warning: 1, note: 2 };
const UNREACHABLE: ReadonlySet<FindingCode> = new Set([
  'REDIS_UNREACHABLE',
  'REDIS_AUTH_REFUSED',
  'REDIS_TLS_FAILED',
  'AUTH_FEED_UNREACHABLE',
  'DATABASE_UNREACHABLE',
  'DATABASE_AUTH_REFUSED',
]);

export function diagnose(examined: readonly Examined[]): Diagnosis {
  const findings = examined.flatMap((one) => one.findings).sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  return {
    verdict: findings.some(({ severity }) => severity === 'danger') ? 'unsound' : 'sound',
    isComplete: !findings.some(({ code }) => UNREACHABLE.has(code)),
    findings,
    passed: examined.filter((one) => one.findings.length === 0).map(({ check }) => check),
  };
}
