import { connect } from 'node:net';
import { eventually, findProgram, startChild } from '../../../libs/testing/dist/index.js';

/** A process of a rehearsal. It can be ended and begun again, in the same place. */
export class Program {
  #child;
  #said = '';

  /**
   * @param {string} name - in words of the report
   * @param {string} command - a path, or a name on the PATH
   * @param {string[]} args
   * @param {{ env?: Record<string, string | undefined>, cwd?: string, port: number, readyPath?: string, readyWithinMs?: number }} how -
   *   `readyPath`: asked until it answers 200; without one a connection is enough
   */
  constructor(name, command, args, how) {
    this.name = name;
    this.port = how.port;
    this.url = `http://127.0.0.1:${how.port}`;
    this.command = command;
    this.args = args;
    this.how = how;
  }

  /** Starts it and waits until it takes requests. @throws with its last words when it ends before that. */
  async start() {
    const { env, cwd, readyWithinMs = 60_000 } = this.how;
    const path = this.command.includes('/') ? this.command : findProgram(this.command);
    if (!path) throw new Error(`${this.command} is not on this machine; as root on Debian it is installed`);
    const child = startChild(path, this.args, { env: env ?? {}, cwd });
    this.#child = child;
    await eventually(
      async () => {
        if (child.isRunning()) await this.#answers();
      },
      { timeoutMs: readyWithinMs, everyMs: 50 },
    ).catch((error) => {
      throw new Error(`${this.name} is not ready: ${error.message}\n${lastLines(child.output())}`);
    });
    if (!child.isRunning()) throw new Error(`${this.name} ended at once:\n${lastLines(child.output())}`);
    return this;
  }

  /** SIGTERM, and SIGKILL after `graceMs`. @returns the exit code, `null` when it had to be killed */
  async stop(graceMs = 40_000) {
    const code = await this.#child?.stop(graceMs);
    this.#keepWords();
    return code ?? null;
  }

  async kill() {
    await this.#child?.kill();
    this.#keepWords();
  }

  get pid() {
    return this.#child?.pid;
  }

  isRunning() {
    return this.#child?.isRunning() ?? false;
  }

  /** All that it has written, over all its lives. */
  output() {
    return this.#said + (this.#child?.output() ?? '');
  }

  async #answers() {
    const { port, readyPath } = this.how;
    if (!readyPath) return listens(port);
    const answer = await fetch(this.url + readyPath, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`${readyPath} answers ${answer.status}`);
  }

  #keepWords() {
    this.#said = this.output();
    this.#child = undefined;
  }
}

function listens(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject).once('connect', () => (socket.destroy(), resolve()));
  });
}

const lastLines = (text) => text.trim().split('\n').slice(-15).join('\n');
