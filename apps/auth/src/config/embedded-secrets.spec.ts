import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RootKey } from '../keys/bundle/root-key.js';
import { embeddedSecrets } from './embedded-secrets.js';

describe('secrets of a machine that was given none', () => {
  let dataDir: string;
  beforeEach(async () => {
    dataDir = join(await mkdtemp(join(tmpdir(), 'gatehouse-secrets-')), 'data');
  });
  afterEach(() => rm(join(dataDir, '..'), { recursive: true, force: true }));

  it('are made once and stay the same', async () => {
    const first = await embeddedSecrets(dataDir);
    const second = await embeddedSecrets(dataDir);
    expect(first.created).toHaveLength(2);
    expect(second.created).toEqual([]);
    expect(second.keyEncryptionKey).toBe(first.keyEncryptionKey);
    expect(RootKey.parse(second.rootSigningKey).trustAnchor).toBe(RootKey.parse(first.rootSigningKey).trustAnchor);
    expect(Buffer.from(first.keyEncryptionKey, 'base64')).toHaveLength(32);
  });

  it('are the same for processes that start at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => embeddedSecrets(dataDir)));
    expect(new Set(all.map((secrets) => secrets.keyEncryptionKey.trim())).size).toBe(1);
    expect(new Set(all.map((secrets) => secrets.rootSigningKey.trim())).size).toBe(1);
    expect(all.flatMap((secrets) => secrets.created)).toHaveLength(2);
  });

  it('can be read by their owner only', async () => {
    await embeddedSecrets(dataDir);
    const files = await readdir(dataDir);
    expect(files.sort()).toEqual(['key-encryption-key', 'root-signing-key.pem']);
    for (const file of files) expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
  });
});
