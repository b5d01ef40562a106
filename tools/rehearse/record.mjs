import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { alignedTable } from '../docs/aligned-table.mjs';

/** The page that tells what a rehearsal has seen, by its name. */
export const RECORDED_ON = {
  backup: 'docs/operations/backup.md',
  regions: 'docs/operations/regions.md',
  secrets: 'docs/operations/secrets.md',
  'rolling-restart': 'docs/operations/upgrades.md',
};

const PLACE = /(<!-- rehearsed -->)[\s\S]*?(<!-- end -->)/;
const pathOf = (name) => `tools/rehearse/recorded/${name}.json`;

/**
 * Keeps what was seen, in `recorded/` and on its page.
 *
 * @param {string} top - folder of the repository
 * @param {object} facts - of a {@link import('./report.mjs').Report}, everything as promised
 * @returns {string} what was written, for people
 */
export function keepRecord(top, facts) {
  const path = pathOf(facts.rehearsal);
  mkdirSync(join(top, dirname(path)), { recursive: true });
  writeFileSync(join(top, path), `${JSON.stringify(facts, null, 2)}\n`);
  const page = RECORDED_ON[facts.rehearsal];
  if (!page) return `kept in ${path}`;
  writeFileSync(join(top, page), withRehearsed(readFileSync(join(top, page), 'utf8'), facts));
  return `kept in ${path}, and told in ${page}`;
}

/** Pages of rehearsals that there is a record of, as they should be. @returns {[path: string, text: string][]} */
export function rehearsedPages(top) {
  return Object.entries(RECORDED_ON).flatMap(([name, page]) => {
    if (!existsSync(join(top, pathOf(name)))) return [];
    const facts = JSON.parse(readFileSync(join(top, pathOf(name)), 'utf8'));
    return [[page, withRehearsed(readFileSync(join(top, page), 'utf8'), facts)]];
  });
}

/** @throws {Error} when the page has no place for it, or something was not as promised */
function withRehearsed(page, { rehearsal, ok, at, cpu, cores, node, seen }) {
  if (!ok) throw new Error(`${rehearsal} was not as promised: nothing to tell of`);
  if (!PLACE.test(page)) throw new Error(`${RECORDED_ON[rehearsal]} has no place for what was rehearsed`);
  const head = `By \`npm run rehearse -- ${rehearsal}\`, ${at.slice(0, 10)}, Node ${node}, ${cores} cores (${cpu}) that ran everything, clients included:`;
  const rows = seen.map(({ what, value, unit, promise }) =>
    [what.replace(/^ +/, '… '), `${value}${unit && ` ${unit}`}`, promise].map(cell),
  );
  const table = alignedTable([['What', 'Seen', 'Promised'], ...rows]);
  return page.replace(PLACE, (_whole, begin, end) => `${begin}\n\n${head}\n\n${table}\n\n${end}`);
}

const cell = (text) => text.replaceAll('|', '\\|');
