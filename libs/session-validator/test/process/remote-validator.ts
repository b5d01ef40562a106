import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Freshness } from '../../src/index.js';

export interface Question {
  readonly number: number;
  readonly token: string;
  readonly freshness?: Freshness | undefined;
}

export interface Answer {
  readonly number: number;
  readonly outcome: string;
  readonly entries: number;
}

/** A validator in a process of its own, that a test may stop. It ends with the test process. */
export class RemoteValidator {
  private asked = 0;
  private readonly waiting = new Map<number, (answer: Answer) => void>();

  private constructor(private readonly child: ChildProcess) {
    child.on('message', (message: Answer | 'ready') => {
      if (message === 'ready') return;
      this.waiting.get(message.number)?.(message);
      this.waiting.delete(message.number);
    });
  }

  /** Resolves once it has keys and a whole list. */
  static async start(env: Record<string, string>): Promise<RemoteValidator> {
    const child = fork(join(__dirname, 'run-typescript.cjs'), [join(__dirname, 'validator-process.ts')], {
      execArgv: ['--conditions', '@gatehouse/source'],
      env: { PATH: process.env['PATH'], ...env },
    });
    const remote = new RemoteValidator(child);
    const ended = once(child, 'exit').then(([code]) => Promise.reject(new Error(`the validator ended with ${code}`)));
    await Promise.race([once(child, 'message'), ended]);
    // Later it ends because a test ends it.
    ended.catch(() => undefined);
    return remote;
  }

  /** Asks; while it is stopped the question waits in its pipe, and is the first thing it finds when it wakes up. */
  check(token: string, freshness?: Freshness): Promise<Answer> {
    this.asked += 1;
    const number = this.asked;
    return new Promise((resolve) => {
      this.waiting.set(number, resolve);
      this.child.send({ number, token, freshness } satisfies Question);
    });
  }

  /** SIGSTOP. */
  pause(): void {
    this.child.kill('SIGSTOP');
  }

  /** SIGCONT. */
  resume(): void {
    this.child.kill('SIGCONT');
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'exit');
  }
}
