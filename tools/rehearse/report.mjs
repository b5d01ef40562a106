import { availableParallelism, cpus } from 'node:os';
import { performance } from 'node:perf_hooks';

/** What a rehearsal has seen: steps as they pass, figures for the table at the end, and what is still to be taken down. */
export class Report {
  #name;
  #json;
  #startedMs = performance.now();
  #steps = [];
  #seen = [];
  #failures = [];
  #toTakeDown = [];
  #stop = new AbortController();
  #stopped = new Promise((_, reject) =>
    this.#stop.signal.addEventListener('abort', () => reject(this.#stop.signal.reason), { once: true }),
  );

  /** @param {string} name @param {{ json?: boolean }} [how] - json: progress goes to standard error */
  constructor(name, { json = false } = {}) {
    this.#name = name;
    this.#json = json;
    // Nobody may be listening when it comes.
    this.#stopped.catch(() => undefined);
  }

  /** Aborted when somebody has asked us to stop. */
  get signal() {
    return this.#stop.signal;
  }

  /**
   * Runs one step and says how long it took. What it throws ends the rehearsal.
   *
   * @template T
   * @param {string} what - in words of the reader: "somebody signs in"
   * @param {() => Promise<T>} work
   * @returns {Promise<T>} what `work` returned
   */
  async step(what, work) {
    this.#stop.signal.throwIfAborted();
    const startedMs = performance.now();
    try {
      const result = await Promise.race([work(), this.#stopped]);
      this.#noteStep(what, startedMs, true);
      return result;
    } catch (error) {
      this.#noteStep(what, startedMs, false);
      throw error;
    }
  }

  /**
   * A figure for the table, and whether it is as promised. A broken promise does not end the rehearsal.
   *
   * @param {string} what @param {string | number | boolean} value
   * @param {{ unit?: string, promise?: string, kept?: boolean }} [judged] - `promise`: what it should be, in words
   */
  saw(what, value, { unit = '', promise = '', kept = true } = {}) {
    this.#seen.push({ what, value, unit, promise, kept });
    if (!kept) this.#failures.push(`${what}: ${value}${unit && ` ${unit}`}, not ${promise}`);
    this.say(`    ${kept ? ' ' : '✗'} ${what}: ${value}${unit && ` ${unit}`}`);
  }

  /** A line of progress. */
  say(text) {
    (this.#json ? process.stderr : process.stdout).write(`${text}\n`);
  }

  /** Takes something down at the end, the last one first. @param {string} what @param {() => unknown} undo */
  atEnd(what, undo) {
    this.#toTakeDown.push({ what, undo });
  }

  failed(error) {
    this.#failures.push(error?.message ?? String(error));
    if (!this.#stop.signal.aborted) this.say(error?.stack ?? String(error));
  }

  giveUp(signal) {
    this.#stop.abort(new Error(`stopped by ${signal}`));
  }

  async tidyUp() {
    for (const { what, undo } of this.#toTakeDown.splice(0).toReversed()) {
      try {
        await undo();
      } catch (error) {
        this.#failures.push(`${what} could not be taken down: ${error.message}`);
      }
    }
  }

  /** All of it, as `--json` prints it and `--record` keeps it. */
  facts() {
    const { arch, platform, version: node } = process;
    const about = { rehearsal: this.#name, ok: this.#failures.length === 0, tookSeconds: seconds(this.#startedMs) };
    const machine = { cpu: cpus()[0]?.model.trim() ?? arch, cores: availableParallelism(), platform, arch, node };
    const at = new Date().toISOString();
    return { ...about, at, ...machine, steps: this.#steps, seen: this.#seen, failures: this.#failures };
  }

  /** Prints the table, or the JSON. @returns the exit code */
  end() {
    const { ok, tookSeconds } = this.facts();
    if (this.#json) {
      process.stdout.write(`${JSON.stringify(this.facts())}\n`);
    } else {
      this.say(`\n${this.#table()}\n`);
      for (const failure of this.#failures) this.say(`FAILED  ${failure}`);
      this.say(`${this.#name}: ${ok ? 'everything as promised' : 'NOT as promised'}, ${tookSeconds} s`);
    }
    return ok ? 0 : 1;
  }

  #table() {
    const rows = this.#seen.map(({ what, value, unit, promise, kept }) => [
      kept ? 'ok' : 'FAILED',
      what,
      `${value}${unit && ` ${unit}`}`,
      promise,
    ]);
    const all = [['', 'What', 'Seen', 'Promised'], ...rows];
    const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column].length)));
    return all
      .map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n');
  }

  #noteStep(what, startedMs, ok) {
    const tookSeconds = seconds(startedMs);
    this.#steps.push({ what, ok, tookSeconds });
    this.say(`${ok ? '✓' : '✗'} ${what} (${tookSeconds} s)`);
  }
}

const seconds = (sinceMs) => Math.round((performance.now() - sinceMs) / 100) / 10;
