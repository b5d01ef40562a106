import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JWK } from 'oidc-provider';

export interface DevKeys {
  readonly jwks: { readonly keys: JWK[] };
  /** Signs the cookies. */
  readonly cookieKey: string;
}

/** Keys of this start, or those the folder keeps (readable for their owner only). */
export function devKeys(folder: string | undefined): DevKeys {
  if (folder === undefined) return newKeys();
  const file = join(folder, 'dev-idp-keys.json');
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8')) as DevKeys;
  const keys = newKeys();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(file, JSON.stringify(keys), { mode: 0o600 });
  return keys;
}

function newKeys(): DevKeys {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = privateKey.export({ format: 'jwk' }) as JWK;
  const kid = randomBytes(12).toString('base64url');
  return {
    jwks: { keys: [{ ...jwk, kid, use: 'sig', alg: 'RS256' }] },
    cookieKey: randomBytes(32).toString('base64url'),
  };
}
