import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onCore, REST } from '../placement.mjs';

/** What a job may take on top of its duration: opening connections, and a machine that is busy. */
const GRACE_MS = 30_000;

const generator = fileURLToPath(new URL('./generator.mjs', import.meta.url));

/** Starts the load generator. Jobs may run at the same time; see `generator.mjs` for what a job holds. */
export function startLoad() {
  const [command, args] = onCore(REST, process.execPath, [generator]);
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
    run(job) {
      const id = ++lastId;
      child.stdin.write(`${JSON.stringify({ id, ...job })}\n`);
      return new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`a load on ${job.url} did not end`)),
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
