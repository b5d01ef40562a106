// CommonJS: Jest loads its sequencer with `require`.
const { default: Sequencer } = require('@jest/test-sequencer');
const { statSync } = require('node:fs');
const { join } = require('node:path');

const TOP = join(__dirname, '../..');

/** Files that take a quarter of a minute or more, the longest first. Of the others the larger come first, as with Jest's own. */
const LONGEST = [
  'examples/test/adoption.spec.ts',
  'apps/system-flows/src/hostile-input.spec.ts',
  'apps/system-flows/src/npm-start.spec.ts',
  'apps/system-flows/src/isolation.spec.ts',
  'tools/docker/docker.spec.mjs',
  'apps/cli/test/users-import.spec.ts',
  'libs/session-validator/test/redis-feed.spec.ts',
  'apps/cli/test/doctor.spec.ts',
  'apps/auth/src/persistence/shared-stores.flow.spec.ts',
  'apps/system-flows/src/tracing.spec.ts',
  'apps/auth/src/sign-in/strangers.flow.spec.ts',
  'apps/system-flows/src/change-to-keys.spec.ts',
  'apps/cli/test/revoke.spec.ts',
  'libs/session-validator/test/redis-receipts.spec.ts',
  'tools/docs/api-reference.spec.ts',
  'libs/session-validator/test/relayed-feed.spec.ts',
  'apps/system-flows/src/monitoring.spec.ts',
  'tools/generators/service/service.spec.ts',
  'apps/auth/src/mail/mail.flow.spec.ts',
  'libs/session-validator/packaging/in-a-service.spec.ts',
  'apps/auth/src/oauth/outages.flow.spec.ts',
  'apps/auth/src/refresh/refresh-race.flow.spec.ts',
  'apps/auth/src/keys/cli/keys-cli.flow.spec.ts',
  'apps/auth/src/federation/attacks.flow.spec.ts',
  'apps/cli/test/beside-auth.flow.spec.ts',
  'apps/system-flows/src/rolling-upgrade.spec.ts',
].map((path) => join(TOP, path));

/** Begins with what takes longest: a long file begun among the last is what one worker does while the others have nothing left. */
module.exports = class LongestFirst extends Sequencer {
  sort(tests) {
    const rank = new Map([...tests].map((test) => [test, rankOf(test.path)]));
    return [...tests].sort((a, b) => rank.get(b) - rank.get(a));
  }
};
module.exports.LONGEST = LONGEST;

function rankOf(path) {
  const place = LONGEST.indexOf(path);
  return place === -1 ? statSync(path).size : Number.MAX_SAFE_INTEGER - place;
}
