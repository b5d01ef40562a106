import { answer, readInput } from '../../harness/cell.mjs';
import { emptyList, entryOf, sessionId } from './entries.mjs';

const { form, entries } = await readInput();

const settle = () => {
  for (let i = 0; i < 3; i++) globalThis.gc();
};
const held = () => {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

const list = await emptyList(form);
// Making entries, as the wire does, has run for a while: neither compiled code nor the room a process takes for what it
// throws away is counted as entries.
for (let i = 0; i < entries; i++) entryOf(i);
settle();
const before = { held: held(), resident: process.memoryUsage.rss() };
let peak = before.resident;
for (let i = 0; i < entries; i++) {
  list.add(entryOf(i));
  if (i % 10_000 === 0) peak = Math.max(peak, process.memoryUsage.rss());
}
peak = Math.max(peak, process.memoryUsage.rss());
settle();
const after = { held: held(), resident: process.memoryUsage.rss() };

// Small is worth nothing if it is not exact: every entry is found, nothing else is, and all of it goes when its time is over.
for (let i = 0; i < entries; i++) if (!list.has(sessionId(i))) throw new Error('an entry is missing');
for (let i = entries; i < entries + 100_000; i++) if (list.has(sessionId(i))) throw new Error('an entry nobody made');
if (list.expire() > 0) throw new Error('entries outlived their time');

answer({
  heldBytes: after.held - before.held,
  residentBytes: after.resident - before.resident,
  peakResidentBytes: peak - before.resident,
});
