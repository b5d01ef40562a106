// Operations of the services under load, from one process that lasts: see `harness/load/load.mjs`.
import { setTimeout as sleep } from 'node:timers/promises';
import { answerJobs } from '../harness/load/jobs.mjs';
import { CLIENTS } from './clients.mjs';
import { HttpClient } from './http-client.mjs';

const crowds = new Map();
const jobs = { enter, store, measure };

/**
 * @param {{ kind: 'enter' | 'store' | 'measure', client: keyof typeof CLIENTS }} job - `enter` comes first, once for each client;
 *   `store` before what is to be signed out
 */
answerJobs(({ kind, client, ...job }) => jobs[kind](client, job));

/** People of a service, and hands that ask in their name, each over a connection and with a session of its own. */
async function enter(name, { url, people, connections }) {
  const crowd = { url, people, http: new HttpClient(url, connections), nextPerson: 0, hands: [] };
  crowds.set(name, crowd);
  crowd.hands = await Promise.all(
    Array.from({ length: connections }, async () => ({ session: await signedIn(name, crowd), stored: [] })),
  );
  crowd.http.hangUp();
}

/** Sign-outs use sessions up, so each hand is given some. */
async function store(name, { sessions }) {
  const crowd = crowds.get(name);
  const fill = async ({ stored }) => {
    while (stored.length < sessions) stored.push(await signedIn(name, crowd));
  };
  await Promise.all(crowd.hands.map(fill));
  crowd.http.hangUp();
}

/** `signOut` lasts as long as what is stored, everything else as long as it is told to. */
async function measure(name, { operation, durationMs }) {
  const crowd = crowds.get(name);
  const client = CLIENTS[name];
  const latencies = [];
  const statuses = {};
  const send = async (request) => {
    const sentMs = performance.now();
    const got = await crowd.http.send(request);
    latencies.push(performance.now() - sentMs);
    statuses[got.status] = (statuses[got.status] ?? 0) + 1;
    return got;
  };
  const work = {
    signIn: () => send(client.signIn(person(crowd))),
    list: ({ session }) => send(client.list(session)),
    refresh: async (hand) => {
      const got = await send(client.refresh(hand.session));
      if (got.status === 200) hand.session = client.after(got, hand.session, crowd.url);
    },
    signOut: ({ stored }) => send(client.signOut(stored.pop())),
  }[operation];
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  const goesOn =
    operation === 'signOut' ? ({ stored }) => stored.length > 0 : () => performance.now() - startedMs < durationMs;
  await Promise.all(
    crowd.hands.map(async (hand) => {
      while (goesOn(hand)) await work(hand);
    }),
  );
  const elapsedMs = performance.now() - startedMs;
  const { user, system } = process.cpuUsage(cpuBefore);
  crowd.http.hangUp();
  latencies.sort((a, b) => a - b);
  const at = (p) => latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))];
  return {
    requests: latencies.length,
    perSecond: (latencies.length / elapsedMs) * 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    not200: latencies.length - (statuses[200] ?? 0),
    generatorBusy: (user + system) / 1000 / elapsedMs,
  };
}

/** In turn, so that everybody has as many sessions as everybody else. */
function person(crowd) {
  return crowd.people[crowd.nextPerson++ % crowd.people.length];
}

/** Before anything is measured; a service that has just had its cache pushed out may ask for patience. */
async function signedIn(name, crowd) {
  const client = CLIENTS[name];
  for (let attempt = 1; ; attempt++) {
    const got = await crowd.http.send(client.signIn(person(crowd)));
    if (got.status === 200) return client.after(got, undefined, crowd.url);
    if (got.status !== 503 || attempt >= 5) throw new Error(`${name}: sign-in answered ${got.status} ${got.text}`);
    await sleep(500);
  }
}
