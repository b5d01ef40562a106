import { readFileSync } from 'node:fs';
import { Refusal } from './top.mjs';

/** Named steps of a run: how long each took, what it came to, and what all of it counts up to. */
export class Steps {
  #done = [];
  #ended = false;

  /** @param print - where lines go; standard output unless a test listens. */
  constructor(print = console.log) {
    this.print = print;
  }

  /**
   * Runs one step, unless one that it needs has failed. Steps may run side by side.
   *
   * @param work - returns nothing (or words) for success, an exit code, or `{ code, counts }`; throws to fail.
   * @returns how many of its tests failed; 1 for a step that failed without tests.
   */
  async check(name, work) {
    if (this.#ended) return 0;
    this.print(`\n── ${name}`);
    const startMs = performance.now();
    const { code, counts } = await this.#outcome(work);
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    // A step that fails without a failed test of its own is a failure all the same.
    const failed = counts.failed > 0 ? counts.failed : code === 0 ? 0 : 1;
    this.#done.push({ name, seconds, passed: counts.passed, failed });
    this.print(`── ${name}: ${failed === 0 ? 'ok' : 'FAILED'}, ${seconds} s`);
    return failed;
  }

  /** Like `check`; when it fails, the steps after it do not run. */
  async need(name, work) {
    if ((await this.check(name, work)) > 0) this.#ended = true;
  }

  /** Prints what happened, in one table and one line. @returns the exit code. */
  report() {
    const width = Math.max(...this.#done.map(({ name }) => name.length));
    this.print('');
    for (const { name, seconds, passed, failed } of this.#done) {
      const counts = passed > 0 ? `${passed} passed` : '';
      const verdict = failed > 0 ? 'FAILED' : 'ok    ';
      this.print(`${verdict}  ${name.padEnd(width)}  ${seconds.padStart(6)} s  ${counts}`.trimEnd());
    }
    const sum = (key) => this.#done.reduce((total, step) => total + step[key], 0);
    if (this.#ended) this.print('The steps after that did not run.');
    this.print(`${sum('passed')} passed, ${sum('failed')} failed`);
    return sum('failed') === 0 ? 0 : 1;
  }

  async #outcome(work) {
    const none = { passed: 0, failed: 0 };
    try {
      const result = await work();
      if (typeof result === 'number') return { code: result, counts: none };
      if (typeof result === 'object' && result !== null) return result;
      return { code: 0, counts: none };
    } catch (error) {
      this.print(error instanceof Refusal ? error.message : (error?.stack ?? String(error)));
      return { code: 1, counts: none };
    }
  }
}

/**
 * Passed and failed tests of a Jest result file. A test that was left out counts as failed: nothing is skipped silently. So
 * does a file that could not be run, and a result that is not there or holds no test at all.
 */
export function readCounts(path) {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8'));
    const passed = found.numPassedTests;
    const leftOut = found.numPendingTests + found.numTodoTests;
    const failed = found.numFailedTests + found.numRuntimeErrorTestSuites + leftOut;
    return passed + failed === 0 ? { passed: 0, failed: 1 } : { passed, failed };
  } catch {
    return { passed: 0, failed: 1 };
  }
}
