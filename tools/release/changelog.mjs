import { Refusal } from '../run/top.mjs';

const UNRELEASED = '## [Unreleased]';

/**
 * The changelog with what was unreleased under a version. People write the entries with each change; a release gives them its
 * number and its day, and changes no word.
 *
 * @param {string} text - of CHANGELOG.md
 * @param {string} version - without a `v`
 * @param {string} day - `YYYY-MM-DD`
 * @throws {Refusal} when nothing was written since the last release, or the version is there already
 */
export function released(text, version, day) {
  if (sectionOf(text, version) !== undefined) throw new Refusal(`CHANGELOG.md has ${version} already.`);
  const entries = bodyAfter(text, UNRELEASED);
  if (entries === undefined) throw new Refusal(`CHANGELOG.md has no "${UNRELEASED}".`);
  if (!/^- /m.test(entries)) throw new Refusal('CHANGELOG.md tells of no change since the last release.');
  return text.replace(UNRELEASED, `${UNRELEASED}\n\n## [${version}] - ${day}`);
}

/** What the changelog says of a version. @throws {Refusal} when that is nothing */
export function notesOf(text, version) {
  const notes = sectionOf(text, version)?.trim();
  if (!notes) throw new Refusal(`CHANGELOG.md says nothing of ${version}.`);
  return `${notes}\n`;
}

function sectionOf(text, version) {
  const heading = text.split('\n').find((line) => line.startsWith(`## [${version}]`));
  return heading === undefined ? undefined : bodyAfter(text, heading);
}

/** From a heading to the next of its rank. */
function bodyAfter(text, heading) {
  const from = text.indexOf(`${heading}\n`);
  if (from < 0) return undefined;
  const rest = text.slice(from + heading.length);
  const end = rest.search(/^## /m);
  return end < 0 ? rest : rest.slice(0, end);
}
