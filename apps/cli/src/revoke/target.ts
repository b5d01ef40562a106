import {
  REVOCATION_REASONS,
  type RevocationEntry,
  type RevocationReason,
  SESSION_ID_PATTERN,
} from '@gatehouse/contracts';
import { Trouble } from '../terminal/exit-code.js';

/** What is to end. `cutoff` as in the entry of the feed. */
export type Target = Pick<RevocationEntry, 'scope' | 'value' | 'cutoff'>;

export interface TargetOptions {
  readonly sid?: string;
  readonly sub?: string;
  readonly jti?: string;
  readonly client?: string;
  readonly device?: string;
  readonly kid?: string;
  readonly before?: string;
  readonly generation?: string;
}

export const SCOPE_OPTIONS = ['sid', 'sub', 'jti', 'client', 'device', 'kid', 'before'] as const;

const LONGEST_ID = 128;
/** A cut-off any later would refuse tokens that have not been issued yet. */
const CLOCK_SLACK_SECONDS = 60;

/** @throws {Trouble} `USAGE`; the message never repeats what was given. */
export function targetOf(options: TargetOptions, nowMs: number): Target {
  const given = SCOPE_OPTIONS.filter((name) => options[name] !== undefined);
  const [scope] = given;
  if (!scope || given.length > 1) {
    throw usage(`give one of ${SCOPE_OPTIONS.map((name) => `--${name}`).join(', ')}`);
  }
  if (options.generation !== undefined && scope !== 'sub') throw usage('--generation goes with --sub');
  const value = options[scope] ?? '';
  if (/^[\w-]{8,}\.[\w-]+\.[\w-]*$/.test(value)) throw usage(`--${scope} takes an id, and this looks like a token`);
  const nowSeconds = Math.floor(nowMs / 1000);
  switch (scope) {
    case 'sid':
      if (!SESSION_ID_PATTERN.test(value)) throw usage('--sid takes a session id: 64 characters of lower-case hex');
      return { scope, value, cutoff: 0 };
    case 'sub':
      if (!/^[1-9]\d{0,15}$/.test(value)) throw usage('--sub takes a user id: a whole number');
      return { scope, value, cutoff: generationOf(options.generation) };
    case 'before':
      return { scope, value: '*', cutoff: instantOf(value, nowSeconds) };
    case 'client':
    case 'device':
      return { scope, value: idOf(scope, value), cutoff: nowSeconds };
    case 'jti':
    case 'kid':
      return { scope, value: idOf(scope, value), cutoff: 0 };
  }
}

/** @throws {Trouble} `USAGE` */
export function reasonOf(text: string): RevocationReason {
  const reason = REVOCATION_REASONS.find((known) => known === text);
  if (!reason) throw usage(`--reason takes one of ${REVOCATION_REASONS.join(', ')}`);
  return reason;
}

/** 0 stands for "not given": no token has a generation below it. */
function generationOf(text: string | undefined): number {
  if (text === undefined) return 0;
  if (!/^[1-9]\d{0,9}$/.test(text)) throw usage('--generation takes a whole number from 1');
  return Number(text);
}

function idOf(scope: string, value: string): string {
  if (value.length > LONGEST_ID || !/^[\u0021-\u007e]+$/.test(value)) {
    throw usage(`--${scope} takes an id of up to ${LONGEST_ID} printable characters without spaces`);
  }
  return value;
}

/** In seconds. */
function instantOf(text: string, nowSeconds: number): number {
  if (text === 'now') return nowSeconds;
  const seconds = /^\d{1,12}$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1000);
  if (!Number.isSafeInteger(seconds)) throw usage('--before takes now, an ISO 8601 time, or seconds since 1970');
  if (seconds > nowSeconds + CLOCK_SLACK_SECONDS) {
    throw usage('--before lies in the future: tokens issued from now on would be refused as well');
  }
  return seconds;
}

function usage(message: string): Trouble {
  return new Trouble('USAGE', message);
}
