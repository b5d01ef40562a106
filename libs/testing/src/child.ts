import { spawn, type ChildProcess } from 'node:child_process';
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

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

export function startChild(
  command: string,
  args: readonly string[],
  options: { env?: Record<string, string | undefined>; cwd?: string } = {},
): Child {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: options.env ? { ...inherited(), ...options.env } : process.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const chunks: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  child.once('error', (failure) => chunks.push(`${command} did not start: ${failure.message}\n`));
  const ended = once(child, 'close').catch(() => undefined);
  void ended.then(() => running.delete(child));

  const isRunning = () => child.exitCode === null && child.signalCode === null && child.pid !== undefined;
  const kill = async () => {
    if (isRunning()) child.kill('SIGKILL');
    await ended;
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
      await ended;
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
