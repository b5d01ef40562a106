import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

/** Writes JSON and puts generated Markdown between the markers of a page, both as the formatter of the house has them. */
export async function writeJson(url, value) {
  mkdirSync(new URL('.', url), { recursive: true });
  writeFileSync(url, await formatted(url, JSON.stringify(value, null, 2)));
}

/** @param {string} name - of the markers `<!-- name:begin -->` and `<!-- name:end -->` */
export async function writeBetweenMarkers(url, name, content) {
  const page = readFileSync(url, 'utf8');
  const [begin, end] = [`<!-- ${name}:begin -->`, `<!-- ${name}:end -->`];
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${url.pathname} has no place for ${name}`);
  const changed = `${page.slice(0, from + begin.length)}\n\n${content.trim()}\n\n${page.slice(to)}`;
  writeFileSync(url, await formatted(url, changed));
}

async function formatted(url, content) {
  const filepath = fileURLToPath(url);
  return prettier.format(content, { ...(await prettier.resolveConfig(filepath)), filepath });
}
