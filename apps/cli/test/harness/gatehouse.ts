import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

const CLI = join(__dirname, '../..');
const MAIN = join(CLI, 'bin/gatehouse.mjs');

const children = new Set<ChildProcessWithoutNullStreams>();
// A test that fails half way must not leave one behind.
afterEach(() => children.forEach((child) => child.kill('SIGKILL')));

export type Env = Readonly<Record<string, string | undefined>>;

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
  /** Standard output as JSON. */
  json<T = Record<string, unknown>>(): T;
}

export interface Running {
  readonly process: ChildProcessWithoutNullStreams;
  stdout(): string;
  stderr(): string;
  readonly ended: Promise<Ended>;
}

/** Starts the built command line as a process of its own, with nothing of this one's environment but the PATH. */
export function start(args: readonly string[], env: Env = {}, stdin = ''): Running {
  if (!existsSync(join(CLI, 'dist/main.js'))) throw new Error('not built: npx tsc -b apps/cli/tsconfig.lib.json');
  const { PATH, HOME } = process.env;
  const startedMs = performance.now();
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH, HOME, ...env } });
  children.add(child);
  child.once('close', () => children.delete(child));
  const heard = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => void (heard[name] += text));
  }
  // A command that refuses its input closes it.
  child.stdin.on('error', () => undefined);
  child.stdin.end(stdin);
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code) =>
      resolve({
        code,
        ...heard,
        tookMs: performance.now() - startedMs,
        json: <T>() => JSON.parse(heard.stdout) as T,
      }),
    );
  });
  return { process: child, stdout: () => heard.stdout, stderr: () => heard.stderr, ended };
}

/** Runs it to its end. */
export function gatehouse(args: readonly string[], env: Env = {}, stdin = ''): Promise<Ended> {
  return start(args, env, stdin).ended;
}
