import { createSessionValidator } from '../../src/index.js';
import type { Question } from './remote-validator.js';

// A service reduced to its validator, configured by environment variables alone. It answers each question with the verdict.
const validator = createSessionValidator();
process.on('message', ({ number, token, freshness }: Question) => {
  const verdict = validator.check(token, { freshness });
  process.send?.({ number, outcome: verdict.ok ? 'OK' : verdict.reason, entries: validator.metrics().replicaEntries });
});
process.on('disconnect', () => process.exit());
void validator.ready(60_000).then(() => process.send?.('ready'));
