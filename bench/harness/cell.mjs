import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onCore } from './placement.mjs';

/**
 * Runs one measurement in a process of its own, so that neither the heap nor the compiled code of another weighs on it.
 * The script gets `input` as JSON on standard input ({@link readInput}) and answers with {@link answer}.
 *
 * @param {URL} script
 * @param {unknown} input
 * @param {{ core?: number, nodeArgs?: string[], timeLimitMs?: number }} [options] - `timeLimitMs`: 120 s unless told
 * @throws when it fails, says nothing, or takes longer than it may
 */
export function runCell(script, input, { core, nodeArgs = [], timeLimitMs = 120_000 } = {}) {
  const file = fileURLToPath(script);
  const [command, args] = onCore(core, process.execPath, [...nodeArgs, file]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  return new Promise((resolve, reject) => {
    const output = [];
    const complaints = [];
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      child.kill('SIGKILL');
    }, timeLimitMs);
    child.stdout.setEncoding('utf8').on('data', (text) => output.push(text));
    child.stderr.setEncoding('utf8').on('data', (text) => complaints.push(text));
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (late) reject(new Error(`${file} took longer than ${timeLimitMs / 1000} s`));
      else if (code !== 0) reject(new Error(`${file} ended with ${code}\n${complaints.join('')}`));
      else resolve(JSON.parse(output.join('')));
    });
    child.stdin.end(JSON.stringify(input));
  });
}

/** In a cell: what {@link runCell} was given. */
export async function readInput() {
  const chunks = [];
  for await (const chunk of process.stdin) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** In a cell: its result. Ends the process, whatever is still open. */
export function answer(result) {
  process.stdout.write(JSON.stringify(result), () => process.exit(0));
}
