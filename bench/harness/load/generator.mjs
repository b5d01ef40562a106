// The load, in a process of its own. Reads one job per line on standard input and answers each with one line.
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { HttpConnection } from './http-connection.mjs';
import { answerJobs } from './jobs.mjs';

const PATIENCE_MS = 10_000;

const credentials = new Map();

answerJobs(run);

/**
 * @param {object} job
 * @param {string} job.url @param {string} job.credentialsFile - JSON: a list of header lines, walked in turn
 * @param {number} job.connections @param {number} job.durationMs
 * @param {number} [job.perSecond] - paced: so many requests a second, whatever the answers do. Else each connection asks
 *   again as soon as it is answered
 * @param {boolean} [job.awake] - never sleeps. A server pays for waking whoever it answers, and the slower it is, the more often
 *   a load that sleeps has to be woken: differences between fast servers come out larger than they are. Not where anything
 *   that is measured shares the core of the load
 */
async function run({ url, credentialsFile, connections, durationMs, perSecond, awake = false }) {
  const { hostname, port, pathname } = new URL(url);
  const requests = requestsOf(credentialsFile, hostname, pathname);
  const latencies = [];
  const statuses = {};
  const idle = [];
  const due = [];
  let running = true;
  const request = () => requests.made[requests.next++ % requests.made.length];

  const open = async () => {
    const connection = new HttpConnection({ host: hostname, port: Number(port) }, (status, ms) => {
      if (!running) return;
      latencies.push(ms);
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (!connection.isOpen) void connection.open().then(() => running && proceed(connection));
      else proceed(connection);
    });
    await connection.open();
    return connection;
  };
  const proceed = (connection) => {
    if (perSecond === undefined) connection.send(request());
    else if (due.length > 0) connection.send(request(), due.shift());
    else idle.push(connection);
  };

  const all = await Promise.all(Array.from({ length: connections }, open));
  const cpuBefore = process.cpuUsage();
  const startedMs = performance.now();
  all.forEach(proceed);
  const idleMs = awake
    ? stayAwake(
        () => running,
        () => latencies.length,
      )
    : undefined;
  const pace =
    perSecond === undefined
      ? undefined
      : startPace(perSecond, startedMs, due, () => {
          while (idle.length > 0 && due.length > 0) proceed(idle.pop());
        });
  await sleep(durationMs);
  // On a machine that is busy a short job may end before anything is answered, and then there is nothing to tell.
  for (let waitedMs = 0; latencies.length === 0; waitedMs += 10) {
    if (waitedMs >= PATIENCE_MS) throw new Error(`no answer from ${url}`);
    await sleep(10);
  }
  const elapsedMs = performance.now() - startedMs;
  running = false;
  clearInterval(pace);
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const connection of all) connection.close();
  latencies.sort((a, b) => a - b);
  const at = (p) => latencies[Math.min(latencies.length - 1, Math.floor(p * latencies.length))] ?? null;
  return {
    requests: latencies.length,
    perSecond: (latencies.length / elapsedMs) * 1000,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    statuses,
    unanswered: due.length,
    generatorBusy: awake ? 1 - idleMs() / elapsedMs : (user + system) / 1000 / elapsedMs,
  };
}

/** Looks for answers again and again. @returns what tells how long, in ms, it has looked in vain */
function stayAwake(goesOn, answered) {
  let idle = 0;
  let before = { answered: 0, ms: performance.now() };
  const look = () => {
    const now = { answered: answered(), ms: performance.now() };
    if (now.answered === before.answered) idle += now.ms - before.ms;
    before = now;
    if (goesOn()) setImmediate(look);
  };
  setImmediate(look);
  return () => idle;
}

/** Puts due times into the queue at an even pace. A request that finds no idle connection waits, and that counts. */
function startPace(perSecond, startedMs, due, onDue) {
  let given = 0;
  return setInterval(() => {
    const nowMs = performance.now();
    const owed = Math.floor(((nowMs - startedMs) / 1000) * perSecond);
    for (; given < owed; given++) due.push(nowMs);
    onDue();
  }, 1);
}

function requestsOf(file, host, path) {
  const key = `${file} ${host} ${path}`;
  const known = credentials.get(key);
  if (known) return known;
  const lines = JSON.parse(readFileSync(file, 'utf8'));
  const made = lines.map((line) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${line}\r\n\r\n`, 'latin1'));
  // The next job goes on where this one stopped: a list that is to be new to the server stays new as long as it lasts.
  const requests = { made, next: 0 };
  credentials.set(key, requests);
  return requests;
}
