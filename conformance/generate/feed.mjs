// What happens to the feed of one validator, step by step, and what it must hold and say afterwards.
import { NOW, standardValidator } from './claims.mjs';
import { cutShortTranscripts } from './feed/cut-short.mjs';
import { entryTranscripts } from './feed/entries.mjs';
import { firstListTranscripts } from './feed/first-list.mjs';
import { followingTranscripts } from './feed/following.mjs';
import { freshnessTranscripts } from './feed/freshness.mjs';
import { proofTranscripts } from './feed/proof.mjs';
import { reconnectTranscripts } from './feed/reconnects.mjs';
import { recordTranscripts } from './feed/records.mjs';
import { scopeTranscripts } from './feed/scopes.mjs';
import { feedTokens } from './feed/tokens.mjs';

const named = (group, transcripts) =>
  transcripts.map((transcript) => {
    const { id, ...rest } = transcript.toJSON();
    return { id: `${group}/${id}`, ...rest };
  });

export const feed = () => ({
  now_ms: NOW * 1000,
  validator: standardValidator(),
  tokens: feedTokens(),
  transcripts: [
    ...named('first-list', firstListTranscripts()),
    ...named('following', followingTranscripts()),
    ...named('reconnects', reconnectTranscripts()),
    ...named('cut-short', cutShortTranscripts()),
    ...named('records', recordTranscripts()),
    ...named('entries', entryTranscripts()),
    ...named('scopes', scopeTranscripts()),
    ...named('freshness', [...freshnessTranscripts(), ...proofTranscripts()]),
  ],
});
