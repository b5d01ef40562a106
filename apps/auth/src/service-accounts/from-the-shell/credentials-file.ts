import { randomUUID } from 'node:crypto';
import { access, constants, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { ServiceCredentials } from './keep-service-account.js';

/** A JSON file with `clientId` and `clientSecret`, readable by its owner only. */
export class CredentialsFile {
  constructor(private readonly path: string) {}

  /** Throws where no file can be written: before an account is made whose secret nobody would ever learn. */
  async checkPlace(): Promise<void> {
    await access(dirname(this.path), constants.W_OK);
  }

  /** `undefined` where there is no such file, or none of this form. */
  async read(): Promise<ServiceCredentials | undefined> {
    const text = await readFile(this.path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    try {
      const { clientId, clientSecret } = JSON.parse(text) as Record<string, unknown>;
      return typeof clientId === 'string' && typeof clientSecret === 'string' ? { clientId, clientSecret } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whole or not at all. */
  async write(credentials: ServiceCredentials): Promise<void> {
    const draft = `${this.path}.${randomUUID()}`;
    try {
      await writeFile(draft, `${JSON.stringify(credentials, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
      await rename(draft, this.path);
    } finally {
      await rm(draft, { force: true });
    }
  }
}
