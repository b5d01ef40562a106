import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, release, totalmem } from 'node:os';

/** What is measured runs here, alone. */
export const SUBJECT = 0;
/** Load, Redis and everything else the measured process needs. */
export const REST = 1;
/** Wherever there is room, as services run. */
export const ANYWHERE = null;

let canPin = availableParallelism() >= 2 && answers('taskset', ['-c', '1', 'true']);

/** From now on everything runs wherever there is room: for a run whose figures mean nothing. */
export function pinNothing() {
  canPin = false;
}

/**
 * Command and arguments that run a program on one core; unchanged where there is one core, or no `taskset`.
 *
 * @param {number | null | undefined} core - `SUBJECT`, `REST`, or `ANYWHERE`, which is meant where nothing is said
 * @returns {[string, string[]]}
 */
export function onCore(core, command, args) {
  return canPin && typeof core === 'number' ? ['taskset', ['-c', String(core), command, ...args]] : [command, args];
}

/** What the figures were measured on. */
export function machineFacts() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    pinned: canPin,
    node: process.version,
    redis: firstMatch(/v=(\S+)/, 'redis-server', ['--version']),
  };
}

function firstMatch(pattern, command, args) {
  try {
    return pattern.exec(execFileSync(command, args, { encoding: 'utf8' }))?.[1] ?? 'unknown';
  } catch {
    return 'unknown';
  }
}

function answers(command, args) {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
