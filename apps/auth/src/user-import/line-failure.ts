/** Why a line was not taken. Stable: scripts match on them. */
export const LINE_FAILURE_CODES = [
  'LINE_TOO_LONG',
  'NOT_UTF8',
  'NOT_JSON',
  'UNKNOWN_MEMBER',
  'INVALID',
  'HASH_UNKNOWN',
  'HASH_TOO_COSTLY',
  'ROLE_NOT_YOURS',
] as const;

export interface LineFailure {
  readonly code: (typeof LINE_FAILURE_CODES)[number];
  /** The member that is wrong; its value is never told. */
  readonly field?: string;
}

export interface FailedLine extends LineFailure {
  readonly line: number;
}
