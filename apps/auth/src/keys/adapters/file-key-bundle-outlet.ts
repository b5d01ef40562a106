import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { bundleVersion } from '../bundle-version.js';
import { KeyBundleOutlet, type PublishedBundle } from '../key-bundle-outlet.port.js';

/** The bundle as a file, for validators on the same machine or with a shared volume. Replaced in one step. */
export class FileKeyBundleOutlet extends KeyBundleOutlet {
  private written: string | undefined;

  constructor(
    private readonly path: string,
    private readonly trustAnchor: string,
  ) {
    super();
  }

  override async put(bundle: PublishedBundle): Promise<void> {
    if (this.written === bundle.text) return;
    const there = await readFile(this.path, 'utf8').catch(() => '');
    if ((bundleVersion(there.trim(), this.trustAnchor) ?? -1) < bundle.version) {
      await mkdir(dirname(this.path), { recursive: true });
      const draft = `${this.path}.${process.pid}.tmp`;
      await writeFile(draft, `${bundle.text}\n`, { mode: 0o644 });
      await rename(draft, this.path);
    }
    this.written = bundle.text;
  }
}
