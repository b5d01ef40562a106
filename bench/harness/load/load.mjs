import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onCore, REST } from '../placement.mjs';

/** What a job may take on top of its duration: opening connections, and a machine that is busy. */
const GRACE_MS = 30_000;

const generator = new URL('./generator.mjs', import.meta.url);

/**
 * Starts a process that makes load as long as it is told to: what a process was when it was born stays with it, so that one
 * for each reading would make readings differ by more than what they read. Jobs may run at the same time.
 *
 * @param {URL} [script] - it answers jobs (`jobs.mjs`). @default `generator.mjs`, which says what a job holds
 */
export function startLoad(script = generator) {
  const [command, args] = onCore(REST, process.execPath, [fileURLToPath(script)]);
  // It ends by itself when its standard input closes, whatever happens to us.
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map();
  let lastId = 0;
  createInterface({ input: child.stdout }).on('line', (line) => {
    const { id, result, error } = JSON.parse(line);
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error));
    else resolve(result);
  });
  child.once('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the load generator ended'));
  });
  return {
    /** @param {{ durationMs: number }} job - it fails when it takes half a minute longer than that */
    run(job) {
      const id = ++lastId;
      child.stdin.write(`${JSON.stringify({ id, ...job })}\n`);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`a load did not end: ${JSON.stringify(job).slice(0, 120)}`)),
          job.durationMs + GRACE_MS,
        );
        const settled = (settle) => (value) => {
          clearTimeout(timer);
          settle(value);
        };
        waiting.set(id, { resolve: settled(resolve), reject: settled(reject) });
      });
    },
    stop: () => child.kill(),
  };
}
