/** Between attempts, in ms; more would let other instances meet what is not told yet. */
const EVERY_MS = 200;
/** In all, in ms. */
const FOR_MS = 60_000;
/** Tasks at a time; beyond this a failure stays one. */
const MOST = 5_000;

let underWay = 0;

/**
 * Does in the background what failed for want of somebody who was away, until it succeeds, for a minute. Best effort: it ends
 * with the process, and keeps none alive.
 */
export function persevere(task: () => Promise<unknown>): void {
  if (underWay >= MOST) return;
  underWay += 1;
  const deadlineMs = performance.now() + FOR_MS;
  const again = () => {
    task().then(done, () => {
      if (performance.now() >= deadlineMs) done();
      else setTimeout(again, EVERY_MS).unref();
    });
  };
  const done = () => {
    underWay -= 1;
  };
  setTimeout(again, EVERY_MS).unref();
}
