// Writes the public keys of a JWKS into a folder as PEM, for software that takes no JWKS: 0.pem, 1.pem, 2.pem.
//
//   node pem-from-jwks.mjs https://auth.example.com/.well-known/jwks.json /etc/haproxy/keys && systemctl reload haproxy
//
// Exit code 0: something changed, reload; 3: nothing did; 1: the JWKS could not be had, and what was there still stands.
// Run it every minute: keys are published well before their first use.
import { createPublicKey } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SLOTS = 3;
const MOST_BYTES = 65_536;

try {
  const [url, folder] = process.argv.slice(2);
  if (!url || !folder) throw new Error('usage: node pem-from-jwks.mjs <address of the JWKS> <folder>');
  const keys = await publicKeys(url);
  mkdirSync(folder, { recursive: true });
  const changed = Array.from({ length: SLOTS }, (_, slot) =>
    // A slot without a key of its own repeats the first, so that the reader's configuration never changes.
    put(join(folder, `${slot}.pem`), keys[slot] ?? keys[0]),
  );
  process.exitCode = changed.includes(true) ? 0 : 3;
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

async function publicKeys(url) {
  const answer = await fetch(url, { redirect: 'error', signal: AbortSignal.timeout(5_000) });
  const text = await answer.text();
  if (!answer.ok || text.length > MOST_BYTES) throw new Error('the JWKS could not be had');
  const pems = JSON.parse(text)
    .keys.filter(({ kty, crv, use = 'sig' }) => kty === 'EC' && crv === 'P-256' && use === 'sig')
    .map((jwk) => createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }));
  if (pems.length === 0) throw new Error('the JWKS holds no P-256 key to check signatures with');
  if (pems.length > SLOTS) throw new Error(`the JWKS holds ${pems.length} keys, and there is room for ${SLOTS}`);
  return pems;
}

/** Whole or not at all: a reader never finds half a key. @returns whether it changed */
function put(path, pem) {
  if (existsSync(path) && readFileSync(path, 'utf8') === pem) return false;
  writeFileSync(`${path}.new`, pem);
  renameSync(`${path}.new`, path);
  return true;
}
