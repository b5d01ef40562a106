// What stands at the side of the site: made from the folders, so that a new document is there without being named.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { documentsIn, isPage, pageOf, titleOf, TOP } from './pages.mjs';

const GROUPS = [
  ['Auth service', 'docs/auth'],
  ['Gateway', 'docs/gateway'],
  ['session-validator', 'docs/session-validator'],
  ['REST API', 'docs/rest'],
  ['Deployment', 'docs/deployment'],
  ['Operations', 'docs/operations'],
  ['Runbooks', 'docs/runbooks'],
  ['Español', 'docs/es'],
  ['Decisions', 'docs/adr'],
  ['API of session-validator', 'docs/session-validator/api'],
];

const item = (path) => ({ text: titleOf(path), link: `/${pageOf(path)}` });

const group = (text, paths, collapsed = true) => ({ text, collapsed, items: paths.filter(isPage).map(item) });

const readmesIn = (folder) => readdirSync(join(TOP, folder)).map((name) => `${folder}/${name}/README.md`);

export function sidebar() {
  const first = ['docs/getting-started.md', 'docs/concepts.md', 'docs/README.md', 'ARCHITECTURE.md'];
  const rest = documentsIn('docs').filter((path) => !first.includes(path));
  return [
    group('Begin', first, false),
    group('Read up', [...rest, 'bench/README.md', 'SECURITY.md', 'CHANGELOG.md', 'CONTRIBUTING.md'], false),
    ...GROUPS.filter(([, folder]) => existsSync(join(TOP, folder))).map(([text, folder]) =>
      group(text, documentsIn(folder)),
    ),
    group('Examples', ['examples/README.md', ...readmesIn('examples'), 'conformance/README.md']),
    group('Rooms of the code', [...readmesIn('apps'), ...readmesIn('libs')]),
  ].filter(({ items }) => items.length > 0);
}
