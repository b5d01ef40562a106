import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { BundleReader } from '../bundle/genuine-bundle.js';
import { KeyBundleOutlet, type PublishedBundle } from '../bundle/key-bundle-outlet.port.js';
import type { NewerBundle } from '../signing/key-ring.js';

/** The bundle as a file, for validators on the same machine or with a shared volume. Replaced in one step. */
export class FileKeyBundleOutlet extends KeyBundleOutlet {
  private readonly reader: BundleReader;

  constructor(
    private readonly path: string,
    trustAnchors: readonly string[],
  ) {
    super();
    this.reader = new BundleReader(trustAnchors);
  }

  override async find(): Promise<NewerBundle | undefined> {
    return this.reader.read((await readFile(this.path, 'utf8').catch(() => '')).trim());
  }

  override async put(bundle: PublishedBundle): Promise<void> {
    const there = await this.find();
    if (there && there.version >= bundle.version) return;
    await mkdir(dirname(this.path), { recursive: true });
    const draft = `${this.path}.${process.pid}.tmp`;
    await writeFile(draft, `${bundle.text}\n`, { mode: 0o644 });
    await rename(draft, this.path);
  }
}
