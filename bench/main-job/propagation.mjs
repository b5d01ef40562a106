import { percentile } from '../harness/rounds.mjs';
import { startSystem } from '../harness/system.mjs';

/**
 * From the acknowledgement of a sign-out to the first refusal by another process, asked over and over. A refusal that was
 * there before the acknowledgement counts as 0: the feed is told first.
 */
export async function propagation({ rounds = 100, log }) {
  const system = await startSystem({ auths: 1, orders: 1 });
  const latencies = [];
  try {
    const agent = await system.signUp();
    for (let round = 0; round < rounds; round++) {
      const token = await agent.signIn();
      if ((await system.askOrders(token)) !== 200) throw new Error('a fresh token was refused');
      const acknowledged = system.signOut(token).then(() => performance.now());
      let refusedAtMs;
      let acknowledgedAtMs;
      void acknowledged.then((at) => (acknowledgedAtMs = at));
      while (refusedAtMs === undefined) {
        if ((await system.askOrders(token)) === 401) refusedAtMs = performance.now();
        if (acknowledgedAtMs !== undefined && performance.now() - acknowledgedAtMs > 5_000)
          throw new Error('never refused');
      }
      latencies.push(Math.max(0, refusedAtMs - (await acknowledged)));
      if ((round + 1) % 20 === 0) log(`  ${round + 1} of ${rounds}`);
    }
  } finally {
    await system.stop();
  }
  return {
    rounds,
    refusedBeforeAcknowledged: latencies.filter((ms) => ms === 0).length,
    p50Ms: percentile(latencies, 0.5),
    p99Ms: percentile(latencies, 0.99),
    maxMs: Math.max(...latencies),
  };
}
