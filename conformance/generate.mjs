// Writes the vectors, or with `--check` says which of them are not what this would write.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { configurations } from './generate/configurations.mjs';
import { feed } from './generate/feed.mjs';
import { jwsVectors } from './generate/jws-vectors.mjs';
import { keyBundles } from './generate/key-bundles.mjs';
import { algorithmGroups } from './generate/tokens/algorithm.mjs';
import { claimGroups } from './generate/tokens/claims.mjs';
import { formGroups } from './generate/tokens/form.mjs';
import { keyGroups } from './generate/tokens/keys.mjs';
import { serviceAccountGroups } from './generate/tokens/service-accounts.mjs';
import { signatureGroups } from './generate/tokens/signature.mjs';
import { timeGroups } from './generate/tokens/times.mjs';

const FORMAT = 1;
const NOTE = 'Made by conformance/generate.mjs from published test keys. Read conformance/README.md first.';
const file = (name, content) => ({ $schema: `../schema/${name}.schema.json`, format: FORMAT, note: NOTE, ...content });

const files = {
  tokens: {
    groups: [
      ...algorithmGroups(),
      ...claimGroups(),
      ...timeGroups(),
      ...formGroups(),
      ...keyGroups(),
      ...signatureGroups(),
      ...serviceAccountGroups(),
    ],
  },
  configurations: { vectors: configurations() },
  jws: { vectors: jwsVectors() },
  'key-bundles': keyBundles(),
  feed: feed(),
};

const folder = new URL('./vectors/', import.meta.url);
const checking = process.argv.includes('--check');
mkdirSync(folder, { recursive: true });
for (const [name, content] of Object.entries(files)) {
  const path = new URL(`${name}.json`, folder);
  const text = `${JSON.stringify(file(name, content), null, 1)}\n`;
  if (!checking) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`${name}.json is not what the generator writes: node conformance/generate.mjs`);
    process.exitCode = 1;
  }
}
