import type { hash } from '@node-rs/argon2';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';

export type Argon2Options = NonNullable<Parameters<typeof hash>[1]>;

/** What is asked of argon2, wherever it runs: the functions of `@node-rs/argon2` are one, {@link HashingThreads} another. */
export interface Argon2 {
  hash(password: string, options: Argon2Options): Promise<string>;
  /** @throws for what is no hash. */
  verify(known: string, password: string): Promise<boolean>;
}

/** A thread ended in the middle of its work. What it worked on is neither right nor wrong. */
export class HashingThreadLost extends Error {
  override readonly name = 'HashingThreadLost';
}

interface Job {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

interface Answer {
  readonly id: number;
  readonly answer?: string | boolean;
}

/** CommonJS, as text: one file that is loaded from sources and from builds alike. Nothing in it knows whose password it is. */
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { hashSync, verifySync } = require(workerData.argon2);
  parentPort.on('message', ({ id, password, known, options }) => {
    let answer;
    try { answer = known === undefined ? hashSync(password, options) : verifySync(known, password); } catch {}
    parentPort.postMessage({ id, answer });
  });
`;

/**
 * argon2 in threads of its own, each with a queue. A thread that has the next job already goes on by itself; on Node's own threads
 * it would stand still until the event loop, busy with refusing, hands it over: a third of the time in a rush.
 */
export class HashingThreads implements Argon2 {
  private readonly threads: HashingThread[] = [];

  /** @param count - threads; they start with the first job */
  constructor(private readonly count: number) {}

  hash(password: string, options: Argon2Options): Promise<string> {
    return this.leastBusy().run({ password, options });
  }

  verify(known: string, password: string): Promise<boolean> {
    return this.leastBusy().run({ password, known });
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.close()));
  }

  private leastBusy(): HashingThread {
    while (this.threads.length < this.count) this.threads.push(new HashingThread());
    return this.threads.reduce((best, thread) => (thread.waiting < best.waiting ? thread : best));
  }
}

/** One thread, started when there is work and again after it was lost. */
class HashingThread {
  private worker: Worker | undefined;
  private readonly jobs = new Map<number, Job>();
  private lastId = 0;

  get waiting(): number {
    return this.jobs.size;
  }

  run<T extends string | boolean>(work: object): Promise<T> {
    const worker = (this.worker ??= this.start());
    const id = ++this.lastId;
    // An idle thread keeps no process from ending; one that works does.
    worker.ref();
    worker.postMessage({ id, ...work });
    return new Promise<T>((resolve, reject) => this.jobs.set(id, { resolve, reject }));
  }

  async close(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const argon2 = createRequire(import.meta.url).resolve('@node-rs/argon2');
    const worker = new Worker(PROGRAM, { eval: true, workerData: { argon2 } });
    worker.on('message', (said: Answer) => this.settle(worker, said));
    // 'exit' follows.
    worker.on('error', () => undefined);
    worker.once('exit', () => this.lose(worker));
    return worker;
  }

  private settle(worker: Worker, { id, answer }: Answer): void {
    const job = this.jobs.get(id);
    this.jobs.delete(id);
    if (this.jobs.size === 0) worker.unref();
    if (answer === undefined) job?.reject(new TypeError('argon2 refused its input'));
    else job?.resolve(answer as never);
  }

  private lose(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
    const lost = [...this.jobs.values()];
    this.jobs.clear();
    for (const { reject } of lost) reject(new HashingThreadLost('a thread that hashes passwords ended'));
  }
}
