import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { eventually, findProgram, startChild } from '../../libs/testing/dist/index.js';
import { onCore } from '../harness/placement.mjs';
import { cpuMsOf } from '../harness/server.mjs';

/** Starts a program nobody here wrote and waits until it takes connections. The same shape as a server of `harness/server.mjs`. */
export async function startDaemon(program, args, { port, core }) {
  const path = findProgram(program);
  if (!path) throw new Error(`${program} is not there; npm test as root on Debian installs it`);
  const child = startChild(...onCore(core, path, args));
  await eventually(
    async () => {
      if (!child.isRunning()) throw new Error(`${program} ended\n${child.output()}`);
      await connected(port);
    },
    { timeoutMs: 20_000 },
  );
  const url = `http://127.0.0.1:${port}`;
  return { url, port, child, cpuMs: () => treeCpuMs(child.pid), stop: () => child.stop() };
}

function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

/** Processor time of a process and its children, in ms. */
function treeCpuMs(pid) {
  return [pid, ...childrenOf(pid)].reduce((sum, one) => sum + (cpuMsOf(one) ?? 0), 0);
}

function childrenOf(pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'latin1');
        return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]) === pid;
      } catch {
        return false;
      }
    })
    .map(Number);
}
