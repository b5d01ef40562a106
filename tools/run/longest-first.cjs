// CommonJS: Jest loads its sequencer with `require`.
const { default: Sequencer } = require('@jest/test-sequencer');
const { statSync } = require('node:fs');

/** Files that take a minute or more, the longest first. Of the others the larger come first, as with Jest's own. */
const LONGEST = ['bench/bench.spec.mjs', 'examples/test/adoption.spec.ts'];

module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = new Map([...tests].map((test) => [test, rankOf(test.path)]));
    return [...tests].sort((a, b) => rank.get(b) - rank.get(a));
  }
};

function rankOf(path) {
  const place = LONGEST.findIndex((end) => path.endsWith(end));
  return place === -1 ? statSync(path).size : Number.MAX_SAFE_INTEGER - place;
}
