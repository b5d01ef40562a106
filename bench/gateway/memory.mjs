import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { testFolder } from '../../libs/testing/dist/index.js';
import { startLoad } from '../harness/load/load.mjs';
import { REST } from '../harness/placement.mjs';
import { startServer } from '../harness/server.mjs';
import { signIn } from './sign-in.mjs';
import { startStage } from './stage.mjs';

const MIB = 2 ** 20;
/** Streams opened at a time: more than fit into a server's queue of new connections would be refused, and rightly so. */
const AT_ONCE = 100;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

/** What the gateway holds while a large body runs through it, and while many streams are open. */
export async function measureMemory({ quick, log }) {
  const plan = quick
    ? { fillMs: 100, uploadMiB: 8, streams: 20, watchMs: 1_100 }
    : { fillMs: 8_000, uploadMiB: 2_048, streams: 1_000, watchMs: 15_000 };
  const stage = await startStage();
  const upstream = await startServer(new URL('./big-upstream.mjs', import.meta.url), { core: REST });
  let gateway;
  try {
    gateway = await stage.startGateway(upstream.url);
    const [line] = await signIn(`${gateway.url}/api/orders`, 1);
    const cookie = line.slice('cookie: '.length);
    const rssMiB = () => residentMiB(gateway.child.pid);
    // Until what Node.js keeps for short-lived objects has its full size, so that only what stays is seen to grow.
    const fill = () => smallRequests(`${gateway.url}/api/orders`, line, plan.fillMs);
    log('  small requests');
    await fill();
    log(`  an upload of ${plan.uploadMiB} MiB`);
    // Once unmeasured: code and buffers it needs for any upload are not what is asked about.
    await upload(gateway.url, cookie, Math.min(256, plan.uploadMiB));
    const uploading = await watched(rssMiB, () => upload(gateway.url, cookie, plan.uploadMiB));
    log(`  ${plan.streams} streams`);
    const beforeMiB = rssMiB();
    const streams = [];
    while (streams.length < plan.streams) {
      const next = Math.min(AT_ONCE, plan.streams - streams.length);
      streams.push(...(await Promise.all(Array.from({ length: next }, () => openStream(gateway.url, cookie)))));
    }
    await sleep(Math.min(5_000, plan.watchMs));
    const openMiB = rssMiB();
    await fill();
    const open = await watched(rssMiB, () => sleep(plan.watchMs));
    const stillOpen = streams.filter(({ isOpen }) => isOpen()).length;
    const heard = streams.filter(({ events }) => events() > 0).length;
    for (const { close } of streams) close();
    return {
      ...plan,
      upload: { grewMiB: uploading.highestMiB - uploading.firstMiB, perSecondMiB: plan.uploadMiB / uploading.seconds },
      stream: {
        perStreamKiB: ((openMiB - beforeMiB) * 1024) / plan.streams,
        grewMiB: open.highestMiB - open.firstMiB,
        stillOpen,
        heard,
      },
    };
  } finally {
    await gateway?.stop();
    await upstream.stop();
    await stage.stop();
  }
}

async function watched(rssMiB, work) {
  const firstMiB = rssMiB();
  let highestMiB = firstMiB;
  const timer = setInterval(() => (highestMiB = Math.max(highestMiB, rssMiB())), 20);
  const startedMs = performance.now();
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return { firstMiB, highestMiB: Math.max(highestMiB, rssMiB()), seconds: (performance.now() - startedMs) / 1000 };
}

function residentMiB(pid) {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) / 1024;
}

async function smallRequests(url, line, durationMs) {
  const credentialsFile = join(testFolder('credentials'), 'lines.json');
  writeFileSync(credentialsFile, JSON.stringify([line]));
  const load = startLoad();
  try {
    await load.run({ url, credentialsFile, connections: 64, durationMs });
  } finally {
    load.stop();
  }
}

const own = (gatewayUrl, cookie) => ({ cookie, origin: gatewayUrl, 'sec-fetch-site': 'same-origin' });

function upload(gatewayUrl, cookie, mebibytes) {
  const length = mebibytes * MIB;
  return new Promise((resolve, reject) => {
    const headers = {
      ...own(gatewayUrl, cookie),
      'content-type': 'application/octet-stream',
      'content-length': length,
    };
    const outgoing = request(`${gatewayUrl}/api/upload`, { method: 'POST', agent: false, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk) => (text += chunk));
      answer.on('end', () => {
        if (answer.statusCode === 200 && JSON.parse(text).bytes === length) resolve();
        else reject(new Error(`the upload was answered with ${answer.statusCode} ${text.slice(0, 200)}`));
      });
    });
    outgoing.on('error', reject);
    let left = length / CHUNK.length;
    const write = () => {
      while (left > 0) {
        left -= 1;
        if (!outgoing.write(CHUNK)) return void outgoing.once('drain', write);
      }
      outgoing.end();
    };
    write();
  });
}

function openStream(gatewayUrl, cookie) {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      `${gatewayUrl}/api/stream`,
      { agent: false, headers: own(gatewayUrl, cookie) },
      (answer) => {
        if (answer.statusCode !== 200) return reject(new Error(`a stream was answered with ${answer.statusCode}`));
        let events = 0;
        let isOpen = true;
        answer.on('data', (chunk) => (events += chunk.includes('data:') ? 1 : 0));
        answer.on('close', () => (isOpen = false));
        answer.on('error', () => undefined);
        resolve({ events: () => events, isOpen: () => isOpen, close: () => outgoing.destroy() });
      },
    );
    outgoing.on('error', reject).end();
  });
}
