// The fixed keys behind the vectors. They are test keys: both halves are published.
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';

const { keys } = JSON.parse(readFileSync(new URL('../keys/test-keys.json', import.meta.url), 'utf8'));

/** A test key by its name in `keys/test-keys.json`: `kid`, `alg` and the private JWK members. */
export function testKey(name) {
  const key = keys[name];
  if (!key) throw new Error(`there is no test key "${name}"`);
  return key;
}

export const privateKeyOf = (name) => createPrivateKey({ key: testKey(name), format: 'jwk' });
export const publicKeyOf = (name) => createPublicKey(privateKeyOf(name));
export const pemOf = (name) => publicKeyOf(name).export({ type: 'spki', format: 'pem' });
export const derOf = (name) => publicKeyOf(name).export({ type: 'spki', format: 'der' });

/** The public JWK as an issuer publishes it; `undefined` in `changes` leaves a member out. */
export function jwkOf(name, changes = {}) {
  const { kid, alg } = testKey(name);
  return { ...publicKeyOf(name).export({ format: 'jwk' }), kid, alg, use: 'sig', ...changes };
}
