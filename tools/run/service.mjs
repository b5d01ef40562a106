import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import { TOP } from './top.mjs';

const TAIL_LINES = 15;

/**
 * Runs the program given as arguments, and beside it a watcher that ends it in order once standard input closes: which it
 * does when we go, however that happens. `exec` keeps the process id, so signals reach the program itself.
 */
const GUARDED = 'exec 4<&0; { cat <&4; kill -TERM $$; } >/dev/null 2>&1 & exec "$@" 4<&- </dev/null';

/** One of our services as a process: its lines go to a file, its last ones are kept to be shown when it dies. */
export class Service {
  #child;
  #tail = [];
  #ended;
  #isOver = false;

  #readyPath;

  /** @param logFile - started anew each time. */
  constructor(name, main, { port, env, logFile, readyPath = '/ready' }) {
    this.name = name;
    this.#readyPath = readyPath;
    this.url = `http://localhost:${port}`;
    this.#child = spawn(
      '/bin/sh',
      ['-c', GUARDED, 'sh', process.execPath, '--enable-source-maps', '--max-semi-space-size=64', main],
      {
        cwd: TOP,
        env: { ...env, PORT: String(port) },
        stdio: ['pipe', 'pipe', 'pipe'],
        // A group of its own: Ctrl-C in the terminal reaches us, and we decide in which order things end.
        detached: true,
      },
    );
    const file = createWriteStream(logFile, { mode: 0o600 });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.pipe(file, { end: false });
      stream.setEncoding('utf8').on('data', (text) => this.#remember(text));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => resolve(`did not start: ${error.message}`));
      // `close` comes after the last line, `exit` may come before it.
      this.#child.once('close', (code, signal) =>
        resolve(signal ? `was ended by ${signal}` : `ended with exit code ${code}`),
      );
    });
    void this.#ended.then(() => (this.#isOver = true));
    void once(this.#child, 'exit').then(
      () => this.#child.stdin.destroy(),
      () => undefined,
    );
    this.#child.stdin.on('error', () => undefined);
  }

  /** Resolves, with how it went, once the process is gone. */
  get ended() {
    return this.#ended;
  }

  lastLines() {
    return this.#tail.join('\n');
  }

  /** Resolves once it says that it is ready or the process is gone; race it against `ended` to tell which. */
  async ready() {
    while (!this.#isOver) {
      const answer = await fetch(this.url + this.#readyPath, { signal: AbortSignal.timeout(2_000) }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer?.ok) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** SIGTERM, and SIGKILL after ten seconds. */
  async stop() {
    this.#child.kill('SIGTERM');
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), 10_000);
    await this.#ended;
    clearTimeout(impatience);
  }

  kill() {
    this.#child.kill('SIGKILL');
  }

  #remember(text) {
    this.#tail.push(...text.split('\n').filter(Boolean));
    this.#tail.splice(0, Math.max(0, this.#tail.length - TAIL_LINES));
  }
}

/** Whether nobody listens on `port`, on any address of this machine. */
export function isFree(port) {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, '0.0.0.0', () => probe.close(() => resolve(true)));
  });
}
