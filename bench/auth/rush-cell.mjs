// The rush, and those who have nothing to do with it, from one process.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { answer, readInput } from '../harness/cell.mjs';
import { percentile } from '../harness/rounds.mjs';
import { PASSWORD } from './argon2.mjs';
import { CLIENTS } from './clients.mjs';
import { HttpClient } from './http-client.mjs';

const PATIENCE_MS = 20_000;
const AT_A_TIME = 200;
/** So long before its turn everybody is connected; the service hangs up on who says nothing for ten seconds. */
const AHEAD_SECONDS = 5;
/** Between two requests of somebody who has nothing to do with the rush: they are there to see, not to be a load. */
const BREATH_MS = 100;

const { url, ordersUrl, people, sockets: count, perSecond } = await readInput();
const { hostname, port } = new URL(url);
const client = CLIENTS.gatehouse;
const [auth, orders] = [new HttpClient(url, 4), new HttpClient(ordersUrl, 1)];
let session = client.after(await auth.send(client.signIn(people[0])));

/**
 * What is sent is written out beforehand and what comes back is read into one buffer for all: the load shares the machine with what it
 * measures, so it must be light.
 */
const requests = Array.from({ length: count }, (_, n) => {
  const email = n % 2 ? `nobody-${n}@example.test` : people[n % people.length];
  const body = JSON.stringify({ email, password: n % 4 === 2 ? 'not this one' : PASSWORD });
  return Buffer.from(
    `POST /api/v1/auth/signin HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
});
const answers = Buffer.allocUnsafe(16_384);
const refusedMs = [];
const admittedMs = [];
const statuses = {};
let unanswered = count;
let over = 0;
let allOver = () => undefined;
const isOver = new Promise((resolve) => (allOver = resolve));

const sockets = [];
const sentMs = new Float64Array(count);
/** Each connection asks once, in its turn. */
function join(n) {
  let isOpen = true;
  const leave = () => {
    if (isOpen && ++over === count) allOver();
    isOpen = false;
  };
  const hear = () => {
    const status = Number(answers.latin1Slice(9, 12));
    unanswered--;
    statuses[status] = (statuses[status] ?? 0) + 1;
    const whose = { 200: admittedMs, 401: admittedMs, 429: refusedMs, 503: refusedMs }[status];
    whose?.push(performance.now() - sentMs[n]);
    sockets[n].destroy();
    leave();
    // Nothing more is read from it.
    return false;
  };
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: { buffer: answers, callback: hear },
  });
  socket.once('close', leave);
  sockets.push(socket);
  return new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
}
async function openSome() {
  const first = sockets.length;
  const some = Math.min(AT_A_TIME, count - first);
  await Promise.all(Array.from({ length: some }, (_, i) => join(first + i)));
}
while (sockets.length < Math.min(count, AHEAD_SECONDS * perSecond)) await openSome();

let sent = 0;
const signInNext = () => {
  sentMs[sent] = performance.now();
  sockets[sent].write(requests[sent]);
  sent++;
};

const others = { health: [], refresh: [], list: [], orders: [] };
let notOk = 0;
let running = true;
const ask = async (name, http, requestOf, after = () => undefined) => {
  while (running) {
    const startedMs = performance.now();
    const got = await http.send(requestOf());
    others[name].push(performance.now() - startedMs);
    if (got.status !== 200) notOk++;
    after(got);
    await sleep(BREATH_MS);
  }
};
const startedMs = performance.now();
const asking = [
  ask('health', auth, () => ({ method: 'GET', path: '/health' })),
  ask(
    'refresh',
    auth,
    () => client.refresh(session),
    (got) => got.status === 200 && (session = client.after(got)),
  ),
  ask('list', auth, () => client.list(session)),
  ask('orders', orders, () => ({
    method: 'GET',
    path: '/api/protected',
    headers: { authorization: `Bearer ${session.accessToken}` },
  })),
];
const opening = (async () => {
  while (sockets.length < count) {
    if (sockets.length - sent < AHEAD_SECONDS * perSecond) await openSome();
    else await sleep(10);
  }
})();
while (sent < count) {
  const due = Math.min(count, Math.ceil(((performance.now() - startedMs) / 1000) * perSecond), sockets.length);
  while (sent < due) signInNext();
  await sleep(1);
}
await opening;
const rushMs = performance.now() - startedMs;
await Promise.race([isOver, sleep(PATIENCE_MS)]);
const elapsedMs = performance.now() - startedMs;
running = false;
await Promise.all(asking);
const p99 = (values) => (values.length > 0 ? percentile(values, 0.99) : 0);
answer({
  rushMs,
  statuses,
  unanswered,
  admittedPerSecond: (admittedMs.length / elapsedMs) * 1000,
  admittedP99Ms: p99(admittedMs),
  refusedP99Ms: p99(refusedMs),
  othersP99Ms: Object.fromEntries(Object.entries(others).map(([name, values]) => [name, p99(values)])),
  othersNotOk: notOk,
});
