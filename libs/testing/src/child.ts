import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process a test has started. It is ended with the test process, whatever happens to that. */
export interface Child {
  readonly pid: number;
  /** Standard output and standard error, in the order they came. */
  output(): string;
  isRunning(): boolean;
  /** SIGTERM, and SIGKILL when it has not ended after `graceMs` (default 10 s). Returns the exit code, `null` if killed. */
  stop(graceMs?: number): Promise<number | null>;
  kill(): Promise<void>;
  /** SIGSTOP: it keeps its sockets and answers nothing. */
  pause(): void;
  resume(): void;
}

/**
 * Runs the program given as arguments, and beside it a watcher that ends it once standard input closes: which it does when
 * the test process goes, however that happens. An exit handler would not run after SIGKILL, nor inside a Jest sandbox.
 * `exec` keeps the process id, so signals reach the program itself.
 */
export const GUARDED = 'exec 4<&0; { cat <&4; kill -9 $$; } >/dev/null 2>&1 & exec "$@" 4<&- </dev/null';

export function startChild(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string } = {},
): Child {
  const child = spawn('/bin/sh', ['-c', GUARDED, 'sh', command, ...args], {
    cwd: options.cwd,
    env: options.env ? { ...inherited(), ...options.env } : process.env,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  child.stdin.on('error', () => undefined);
  child.once('error', (failure) => chunks.push(`${command} did not start: ${failure.message}\n`));
  const ended = once(child, 'exit').catch(() => undefined);
  void ended.then(() => child.stdin.destroy());
  // A server that a whole test run shares must not keep that run from ending.
  const handles = [child, child.stdin, child.stdout, child.stderr] as { ref?(): void; unref?(): void }[];
  handles.forEach((handle) => handle.unref?.());

  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const waitForEnd = async () => {
    child.ref();
    await ended;
  };
  const kill = async () => {
    if (isRunning()) child.kill('SIGKILL');
    await waitForEnd();
  };
  return {
    pid: child.pid ?? -1,
    output: () => chunks.join(''),
    isRunning,
    kill,
    stop: async (graceMs = 10_000) => {
      if (!isRunning()) return child.exitCode;
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs);
      await waitForEnd();
      clearTimeout(timer);
      return child.exitCode;
    },
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
  };
}

/** Only what a program needs to run: settings of the developer's shell must not decide a test. */
function inherited(): Record<string, string | undefined> {
  const { PATH, HOME, TMPDIR, LANG } = process.env;
  return { PATH, HOME, TMPDIR, LANG };
}
