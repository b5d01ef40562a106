import { createInterface } from 'node:readline';

/**
 * In a process that {@link startLoad} started: answers each job with what `run` makes of it. Jobs may run at the same time.
 * The process ends when nobody is left to give any.
 *
 * @param {(job: object) => Promise<unknown>} run
 */
export function answerJobs(run) {
  createInterface({ input: process.stdin })
    .on('line', (line) => {
      const { id, ...job } = JSON.parse(line);
      void run(job).then(
        (result) => process.stdout.write(`${JSON.stringify({ id, result })}\n`),
        (error) => process.stdout.write(`${JSON.stringify({ id, error: error.message })}\n`),
      );
    })
    .on('close', () => process.exit(0));
}
