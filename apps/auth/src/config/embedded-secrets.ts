import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface EmbeddedSecrets {
  /** 32 bytes, base64. */
  readonly keyEncryptionKey: string;
  /** P-256 private key, PEM (PKCS#8). */
  readonly rootSigningKey: string;
  /** Paths of what was made now; empty from the second start on. */
  readonly created: readonly string[];
}

/** A fresh pair of the secrets the auth service needs, as `KEY_ENCRYPTION_KEY` and `ROOT_SIGNING_KEY` take them. */
export function generateSecrets(): Omit<EmbeddedSecrets, 'created'> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    keyEncryptionKey: randomBytes(32).toString('base64'),
    rootSigningKey: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

/**
 * The secrets of a machine that was given none: kept in the data directory, readable by the owner only, made on first use.
 * For development; whoever runs more than one machine gives them the same secrets instead.
 */
export async function embeddedSecrets(dataDir: string): Promise<EmbeddedSecrets> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const fresh = generateSecrets();
  const encryption = await keepOnce(join(dataDir, 'key-encryption-key'), fresh.keyEncryptionKey);
  const root = await keepOnce(join(dataDir, 'root-signing-key.pem'), fresh.rootSigningKey);
  return {
    keyEncryptionKey: encryption.text,
    rootSigningKey: root.text,
    created: [encryption, root].flatMap(({ path, created }) => (created ? [path] : [])),
  };
}

/** Writes `text` unless there is a file; of several processes at once one writes and all get the same text. */
async function keepOnce(path: string, text: string): Promise<{ path: string; text: string; created: boolean }> {
  const draft = `${path}.${randomUUID()}`;
  await writeFile(draft, `${text.trim()}\n`, { mode: 0o600, flag: 'wx' });
  try {
    // A link appears whole or not at all, and never over another file: nobody reads half a key.
    await link(draft, path);
    return { path, text, created: true };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return { path, text: (await readFile(path, 'utf8')).trim(), created: false };
  } finally {
    await rm(draft, { force: true });
  }
}
