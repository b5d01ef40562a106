import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { parseAllDocuments } from 'yaml';
import { Trouble } from '../../terminal/exit-code.js';
import { parseRedisConf } from './redis-arguments.js';

/** A file to judge: documents of YAML, or a configuration of Redis by itself. */
export type Manifest =
  | { readonly kind: 'documents'; readonly documents: readonly unknown[] }
  | { readonly kind: 'redis-conf'; readonly directives: ReturnType<typeof parseRedisConf> };

const MAX_CHARACTERS = 1024 * 1024;
/** YAML lets a few lines stand for gigabytes. */
const MAX_ALIASES = 100;

/** @throws {Trouble} `FILE_UNREADABLE`, `MANIFEST_UNREADABLE` */
export async function readManifest(path: string, stdin: Readable): Promise<Manifest> {
  const content = await (path === '-' ? text(stdin) : readFile(path, 'utf8')).catch(() => {
    throw new Trouble('FILE_UNREADABLE', 'the file named by --manifest cannot be read');
  });
  if (content.length > MAX_CHARACTERS)
    throw new Trouble('MANIFEST_UNREADABLE', 'the manifest is larger than a megabyte');
  if (path.endsWith('.conf')) return { kind: 'redis-conf', directives: parseRedisConf(content) };
  try {
    const documents = parseAllDocuments(content, { logLevel: 'silent' });
    const parsed = (Array.isArray(documents) ? documents : []).map((document) => {
      if (document.errors.length > 0) throw new Error('not YAML');
      return document.toJS({ maxAliasCount: MAX_ALIASES }) as unknown;
    });
    return { kind: 'documents', documents: parsed.flatMap(itemsOf) };
  } catch {
    // Not the parser's words: they quote the file, which may hold a password.
    throw new Trouble('MANIFEST_UNREADABLE', 'the manifest is no YAML; a Redis configuration must end in .conf');
  }
}

/** What `kubectl get -o yaml` prints is one List. */
function itemsOf(document: unknown): unknown[] {
  const { items, kind } = (document ?? {}) as { items?: unknown; kind?: unknown };
  return kind === 'List' && Array.isArray(items) ? items : [document];
}
