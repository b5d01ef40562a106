// One operation of one service under load, from a process of its own.
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, readInput } from '../harness/cell.mjs';
import { CLIENTS } from './clients.mjs';
import { HttpClient } from './http-client.mjs';

const { url, client: name, operation, connections, stored, durationMs, people } = await readInput();
const client = CLIENTS[name];
const http = new HttpClient(url, connections);
const latencies = [];
const statuses = {};
// Beginning with the same people each time, they would collect hundreds of sessions, and the others none.
let nextPerson = Math.floor(Math.random() * people.length);
const person = () => people[nextPerson++ % people.length];

async function send(request) {
  const startedMs = performance.now();
  const got = await http.send(request);
  latencies.push(performance.now() - startedMs);
  statuses[got.status] = (statuses[got.status] ?? 0) + 1;
  return got;
}

/** Before anything is measured; a service that has just had its cache pushed out may ask for patience. */
async function signedIn() {
  for (let attempt = 1; ; attempt++) {
    const got = await http.send(client.signIn(person()));
    if (got.status === 200) return client.after(got, undefined, url);
    if (got.status !== 503 || attempt >= 5) throw new Error(`${name}: sign-in answered ${got.status} ${got.text}`);
    await sleep(500);
  }
}

// Sign-outs use sessions up: there is a store of them, and the time is what it lasts.
const hands = await Promise.all(
  Array.from({ length: connections }, async () => {
    if (operation === 'signIn') return [];
    const own = [];
    for (let i = 0; i < (operation === 'signOut' ? stored : 1); i++) own.push(await signedIn());
    return own;
  }),
);

const cpuBefore = process.cpuUsage();
const startedMs = performance.now();
const isOver = () => performance.now() - startedMs >= durationMs;
await Promise.all(
  hands.map(async (own) => {
    if (operation === 'signOut') {
      for (const session of own) await send(client.signOut(session));
      return;
    }
    for (let [session] = own; !isOver();) {
      const got = await send(operation === 'signIn' ? client.signIn(person()) : client[operation](session));
      if (operation === 'refresh' && got.status === 200) session = client.after(got, session, url);
    }
  }),
);
const elapsedMs = performance.now() - startedMs;
const { user, system } = process.cpuUsage(cpuBefore);
latencies.sort((a, b) => a - b);
const at = (p) => latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))];
answer({
  requests: latencies.length,
  perSecond: (latencies.length / elapsedMs) * 1000,
  p50Ms: at(0.5),
  p99Ms: at(0.99),
  not200: latencies.length - (statuses[200] ?? 0),
  generatorBusy: (user + system) / 1000 / elapsedMs,
});
