// Which documents of the repository are pages of the site, and under what address. They are read where they lie.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

export const TOP = join(import.meta.dirname, '..');

/** @param {string} path of a document, from the top @returns {string} its page, which VitePress turns into an address */
export function pageOf(path) {
  const inDocs = path.startsWith('docs/') ? path.slice(5) : undefined;
  if (inDocs === 'README.md') return 'documents.md';
  if (inDocs !== undefined) return inDocs.replace(/(^|\/)README\.md$/, '$1index.md');
  if (path === 'README.md') return 'index.md';
  if (!path.includes('/')) return path.toLowerCase();
  return path === 'examples/README.md' ? 'examples/index.md' : path.replace(/\/README\.md$/, '.md');
}

/** Whether a path from the top is a page of the site. */
export function isPage(path) {
  if (!path.endsWith('.md') || !existsSync(join(TOP, path))) return false;
  if (path.startsWith('docs/')) return true;
  return (
    /^(?:README|ARCHITECTURE|CONTRIBUTING|CHANGELOG|SECURITY)\.md$/.test(path) ||
    /^(?:(?:apps|libs|examples)\/[^/]+\/|bench\/|conformance\/|examples\/)README\.md$/.test(path)
  );
}

/**
 * Where a link of a document leads on the site. To a page: its address. To a file that is no page: the file in the repository, or,
 * where nobody says where that is, nowhere.
 *
 * @param {string} from path of the document, from the top
 * @param {string} href as it is written
 * @param {string | undefined} repository address under which files can be looked at, `https://…/blob/main`
 * @returns {string | undefined} `undefined`: no link
 */
export function addressOf(from, href, repository) {
  if (/^[a-z][a-z+.-]*:|^#|^\/\//i.test(href)) return href;
  const [target = '', anchor] = href.split('#');
  const path = target === '' ? from : posix.normalize(posix.join(posix.dirname(from), decodeURIComponent(target)));
  const place = path.replace(/\/$/, '');
  const page = [place, `${place}/README.md`].find(isPage);
  if (page) return `/${pageOf(page)}${anchor === undefined ? '' : `#${anchor}`}`;
  return repository === undefined ? undefined : `${repository}/${place}`;
}

/** The first heading of a document, without marks. */
export function titleOf(path) {
  const heading = /^# (.+)$/m.exec(readFileSync(join(TOP, path), 'utf8'))?.[1] ?? path;
  return heading.replaceAll(/[`*_]/g, '');
}

/** Documents of a folder, `README.md` first. */
export function documentsIn(folder) {
  const names = readdirSync(join(TOP, folder)).filter((name) => name.endsWith('.md'));
  return names
    .sort((a, b) => Number(b === 'README.md') - Number(a === 'README.md') || a.localeCompare(b))
    .map((name) => `${folder}/${name}`);
}

/** Documents that are pages, by their paths from the top. */
export const allPages = () => markdown().filter(isPage);

/** Markdown that is no page: notes of tools, texts for tests. */
export const notPages = () => ['**/dist/**', '**/out-spec/**', ...markdown().filter((path) => !isPage(path))];

function markdown() {
  const found = [];
  const look = (folder) => {
    for (const entry of readdirSync(join(TOP, folder), { withFileTypes: true })) {
      if (['node_modules', 'dist', 'out-spec', '.git', '.nx'].includes(entry.name)) continue;
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) look(path);
      else if (path.endsWith('.md')) found.push(path);
    }
  };
  look('.');
  return found;
}
