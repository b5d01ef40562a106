import { answer, readInput } from '../../harness/cell.mjs';
import { measureInRounds, median, ratio } from '../../harness/rounds.mjs';
import { emptyList, entryOf, sessionId } from './entries.mjs';

const { entries, rounds, block } = await readInput();
const list = await emptyList('list');
const map = await emptyList('map');
for (let i = 0; i < entries; i++) {
  list.add(entryOf(i));
  map.add(entryOf(i));
}
globalThis.gc();

// Half of what is asked for is there. Tokens that were revoked are rare, but they are what the list is for.
let nextId = 0;
const someIds = (count) =>
  Array.from({ length: count }, () => sessionId(Math.floor(Math.random() * entries) + (nextId++ % 2) * entries));
const found = (form, ids) => {
  let hits = 0;
  for (const id of ids) if (form.has(id)) hits += 1;
  if (hits !== ids.length / 2) throw new Error(`${hits} of ${ids.length} were found`);
};
const nanoseconds = (form, ids) => {
  const startedMs = performance.now();
  found(form, ids);
  return ((performance.now() - startedMs) * 1e6) / ids.length;
};

/** A token seen for the first time: its session id is a string nobody has looked up before. */
const newString = (form) => () => nanoseconds(form, someIds(block));
/** A warm token: the very string the cache holds, whose hash V8 keeps once a Map has asked for it. */
const kept = someIds(1_000);
const keptString = (form) => () => {
  let spent = 0;
  const passes = Math.max(1, (block * 10) / kept.length);
  for (let pass = 0; pass < passes; pass++) spent += nanoseconds(form, kept);
  return spent / passes;
};

const measure = async (of) => {
  const contenders = { list: of(list), map: of(map), mapAgain: of(map) };
  for (const warmUp of Object.values(contenders)) warmUp();
  const all = await measureInRounds(contenders, { rounds, mirrored: true });
  const ns = (name) => median(all.map((figures) => figures[name]));
  return {
    listNs: ns('list'),
    mapNs: ns('map'),
    listToMap: ratio(all, 'list', 'map'),
    control: ratio(all, 'mapAgain', 'map'),
  };
};
answer({ entries, rounds, newString: await measure(newString), keptString: await measure(keptString) });
