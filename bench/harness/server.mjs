import { eventually, freePort, startChild } from '../../libs/testing/dist/index.js';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { onCore, SUBJECT } from './placement.mjs';

/**
 * Starts a script that listens on `PORT` and waits until it answers anything at all.
 *
 * @param {URL} script
 * @param {{ env?: Record<string, string>, core?: number | null, readyPath?: string, port?: number }} [options] - `port`: any
 *   free one unless told
 */
export async function startServer(script, { env = {}, core = SUBJECT, readyPath = '/', port: given } = {}) {
  const port = given ?? (await freePort());
  const child = startChild(...onCore(core, process.execPath, [fileURLToPath(script)]), {
    env: { NODE_ENV: 'production', ...env, PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    async () => {
      if (!child.isRunning()) throw new Error(child.output());
      await (await fetch(url + readyPath)).arrayBuffer();
    },
    { timeoutMs: 30_000 },
  ).catch(async (error) => {
    const said = child.output();
    await child.kill();
    throw new Error(`${fileURLToPath(script)} did not answer\n${said}`, { cause: error });
  });
  return { url, port, child, cpuMs: () => cpuMsOf(child.pid), stop: () => child.kill() };
}

/** Processor time a process has used so far, all threads, in ms; `undefined` where the kernel does not tell. */
export function cpuMsOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const nanoseconds = threads.map((thread) =>
      Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]),
    );
    return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
  } catch {
    return undefined;
  }
}
