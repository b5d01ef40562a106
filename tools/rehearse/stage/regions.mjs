import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, findProgram, freePort, startChild, testFolder } from '../../../libs/testing/dist/index.js';
import { TOP } from '../../run/top.mjs';

const ip = (...args) => execFileSync('ip', args, { stdio: 'pipe' });

/** Set in the process that runs inside the home region: the name of the other one. */
export const FAR = process.env.REHEARSAL_FAR_REGION;
/** Each region's end of the line that a partition cuts, and of the one by which this process looks on. */
const LINE = { home: '10.201.0.1', far: '10.201.0.2' };
const LOOK = { home: '10.202.0.1', far: '10.202.0.2' };

/** Whether this machine lets us make network namespaces. */
export const canSeparate = () => process.getuid?.() === 0 && findProgram('ip') !== undefined;

/**
 * Runs this very command in a network namespace of its own, with another one beside it: two hosts, as far as networks go, with two
 * lines between them.
 *
 * @returns its exit code
 */
export async function runInNamespaces(signal) {
  const [home, far] = ['home', 'far'].map((name) => `gatehouse-${process.pid}-${name}`);
  try {
    for (const name of [home, far]) ip('netns', 'add', name);
    for (const [device, ends] of [
      ['line', LINE],
      ['look', LOOK],
    ]) {
      ip('link', 'add', device, 'netns', home, 'type', 'veth', 'peer', 'name', device, 'netns', far);
      ip('-n', home, 'addr', 'add', `${ends.home}/30`, 'dev', device);
      ip('-n', far, 'addr', 'add', `${ends.far}/30`, 'dev', device);
    }
    for (const name of [home, far])
      for (const device of ['lo', 'line', 'look']) ip('-n', name, 'link', 'set', device, 'up');
    const args = ['netns', 'exec', home, process.execPath, ...process.argv.slice(1)];
    const child = spawn('ip', args, { stdio: 'inherit', env: { ...process.env, REHEARSAL_FAR_REGION: far } });
    signal.addEventListener('abort', () => child.kill('SIGTERM'));
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } finally {
    for (const name of [home, far]) execFileSync('ip', ['netns', 'del', name], { stdio: 'ignore' });
  }
}

/** The other region, seen from the home region. Without namespaces it is processes of this machine, and the line is one of them. */
export class FarRegion {
  /** Where this process reaches what listens there. */
  host = FAR ? LOOK.far : '127.0.0.1';
  /** Where home's Redis must listen beside 127.0.0.1, so that the line ends there. */
  homeAddress = FAR ? LINE.home : '127.0.0.1';
  #children = [];
  #line;

  /** Starts a program there. @returns the child @see startChild */
  start(command, args, env = {}) {
    const path = command.includes('/') ? command : (findProgram(command) ?? command);
    const whole = FAR ? [findProgram('ip'), 'netns', 'exec', FAR, path, ...args] : [path, ...args];
    const child = startChild(whole[0], whole.slice(1), { env, cwd: testFolder('far') });
    this.#children.push(child);
    return child;
  }

  /** Lays a line to home's Redis. @param {number} oneWayMs @returns its address there */
  async layLine(homePort, oneWayMs) {
    const port = await freePort();
    const script = join(TOP, 'tools/rehearse/stage/slow-line.mjs');
    this.#line = this.start(process.execPath, [
      script,
      String(port),
      this.homeAddress,
      String(homePort),
      String(oneWayMs),
    ]);
    return `127.0.0.1:${port}`;
  }

  async startRedis() {
    const port = await freePort();
    const folder = testFolder('redis');
    const lines = [
      `bind 127.0.0.1${FAR ? ` ${LOOK.far}` : ''}`,
      'protected-mode no',
      `port ${port}`,
      `dir ${folder}`,
      'appendonly yes',
      'save ""',
    ];
    const file = join(folder, 'redis.conf');
    writeFileSync(file, lines.join('\n'));
    const child = this.start('redis-server', [file]);
    await eventually(
      () => {
        if (!child.output().includes('Ready to accept connections'))
          throw new Error(`Redis there is not ready: ${child.output()}`);
      },
      { timeoutMs: 20_000 },
    );
    return `redis://127.0.0.1:${port}`;
  }

  /** Nothing comes through any more, and nobody is told: packets are lost. */
  cut() {
    if (FAR) ip('link', 'set', 'line', 'down');
    else this.#line.pause();
  }

  heal() {
    if (FAR) ip('link', 'set', 'line', 'up');
    else this.#line.resume();
  }

  async stop() {
    await Promise.all(this.#children.map((child) => child.stop()));
  }
}
