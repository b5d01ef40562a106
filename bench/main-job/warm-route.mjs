import autocannon from 'autocannon';
import { eventually, freePort, startChild } from '../../libs/testing/dist/index.js';
import { fileURLToPath } from 'node:url';
import { measureInRounds, ratio } from '../harness/rounds.mjs';
import { startSystem } from '../harness/system.mjs';

const CONNECTIONS = 32;
const withoutAuth = fileURLToPath(new URL('./servers/orders-without-auth.mjs', import.meta.url));

/**
 * Requests per second of a guarded route with a warm token, and of the same route without authentication, which is measured
 * twice: how far its two figures lie apart is how far the machine can be trusted (A/A control).
 */
export async function warmRoute({ rounds = 8, secondsPerRound = 3, log }) {
  const system = await startSystem({ auths: 1, orders: 1 });
  const open = await startOpen();
  const openAgain = await startOpen();
  try {
    const token = await (await system.signUp()).signIn();
    const measure = (url) => async () => {
      const result = await autocannon({
        url: `${url}/api/protected`,
        connections: CONNECTIONS,
        duration: secondsPerRound,
        headers: { authorization: `Bearer ${token}` },
      });
      if (result.non2xx > 0 || result.errors > 0) throw new Error(`${result.non2xx} refused, ${result.errors} failed`);
      return result.requests.average;
    };
    const contenders = {
      guarded: measure(system.ordersUrl),
      open: measure(open.url),
      openAgain: measure(openAgain.url),
    };
    for (const warmUp of Object.values(contenders)) await warmUp();
    const all = await measureInRounds(contenders, {
      rounds,
      onRound: (round, figures) =>
        log(
          `  round ${round}: ${Object.entries(figures)
            .map(([name, value]) => `${name} ${Math.round(value)}/s`)
            .join(', ')}`,
        ),
    });
    return {
      rounds,
      guardedToOpen: ratio(all, 'guarded', 'open'),
      control: ratio(all, 'openAgain', 'open'),
      perRound: all,
    };
  } finally {
    await Promise.all([open.child.stop(), openAgain.child.stop()]);
    await system.stop();
  }
}

async function startOpen() {
  const port = await freePort();
  const child = startChild(process.execPath, [withoutAuth], { env: { PORT: String(port) } });
  const url = `http://127.0.0.1:${port}`;
  await eventually(
    async () => {
      if (!child.isRunning()) throw new Error(child.output());
      if (!(await fetch(`${url}/api/protected`)).ok) throw new Error('not ready');
    },
    { timeoutMs: 20_000 },
  );
  return { url, child };
}
