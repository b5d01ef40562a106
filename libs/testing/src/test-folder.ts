import { spawn } from 'node:child_process';
import { chmodSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

let parent: string | undefined;

/** A new folder for a server's data. It is removed when the test process ends, however that happens. */
export function testFolder(name: string): string {
  parent ??= createParent();
  return mkdtempSync(join(parent, `${name}-`));
}

function createParent(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-test-'));
  // Database servers run under an account of their own and must be able to pass through.
  chmodSync(folder, 0o711);
  const janitor = spawn('/bin/sh', ['-c', 'cat >/dev/null; sleep 1; rm -rf "$1"', 'sh', folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  janitor.unref();
  (janitor.stdin as unknown as { unref?(): void }).unref?.();
  return folder;
}
