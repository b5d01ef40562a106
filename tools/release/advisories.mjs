// `npm run advisories`: whether anything that is installed has a known weakness nobody here has judged.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runMain, TOP } from '../run/top.mjs';

const RANKS = ['info', 'low', 'moderate', 'high', 'critical'];
/** Below this an advisory is told and does not stop anything. */
const STOPS_AT = 'moderate';
/** A judgement ages; longer than this it is not believed, however far away its day is. */
const LONGEST_DAYS = 180;
const DAY_MS = 86_400_000;

/**
 * @typedef {{ id: string, package: string, reason: string, until: string }} Judgement - of an advisory that does not concern us:
 *   `id` as in its address (`GHSA-…`), `until` as `YYYY-MM-DD`, the day it has to be looked at again
 */

/**
 * Judges what `npm audit --json` has printed.
 *
 * @param {string} output
 * @param {readonly Judgement[]} judgements
 * @param {Date} now
 * @returns {{ verdict: 'clean' | 'found' | 'unknown', lines: string[] }} `unknown`: nobody could be asked
 */
export function judgeAdvisories(output, judgements, now) {
  const report = parsed(output);
  if (!report?.vulnerabilities) {
    return { verdict: 'unknown', lines: ['The registry could not be asked for advisories: nothing is known.'] };
  }
  const found = advisoriesOf(report);
  const open = found.filter(({ id }) => !judgements.some((one) => one.id === id && faultOf(one, now) === undefined));
  const stopping = open.filter(({ severity }) => RANKS.indexOf(severity) >= RANKS.indexOf(STOPS_AT));
  const faults = [
    ...stopping.map(describe),
    ...judgements.flatMap((one) => faultOf(one, now) ?? []),
    ...judgements
      .filter(({ id }) => !found.some((one) => one.id === id))
      .map(({ id }) => `${id} is judged, and not found any more`),
  ];
  const told = open.filter((one) => !stopping.includes(one)).map((one) => `${describe(one)} (told only)`);
  return { verdict: faults.length > 0 ? 'found' : 'clean', lines: [...faults, ...told] };
}

/** The advisories themselves: packages that only depend on a weak one name it, and are not listed a second time. */
function advisoriesOf({ vulnerabilities }) {
  const all = Object.values(vulnerabilities).flatMap(({ via }) => via.filter((one) => typeof one === 'object'));
  const byId = all.map(({ url, name, title, severity, range }) => [
    url.slice(url.lastIndexOf('/') + 1),
    { name, title, severity, range },
  ]);
  return [...new Map(byId)].map(([id, facts]) => ({ id, ...facts }));
}

function faultOf({ id, reason, until }, now) {
  const days = (Date.parse(until) - now.getTime()) / DAY_MS;
  if (!reason) return `${id} is judged without a reason`;
  if (!(days > -1)) return `${id} was to be looked at again by ${until}`;
  return days > LONGEST_DAYS ? `${id} is judged for longer than ${LONGEST_DAYS} days` : undefined;
}

const describe = ({ id, name, severity, title, range }) => `${id} ${severity}: ${name} ${range}: ${title}`;

function parsed(output) {
  try {
    return JSON.parse(output);
  } catch {
    return undefined;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  void runMain(() => {
    const judgements = JSON.parse(readFileSync(join(TOP, 'tools/release/judged-advisories.json'), 'utf8'));
    const shell = process.platform === 'win32';
    const { stdout } = spawnSync('npm', ['audit', '--json'], { cwd: TOP, encoding: 'utf8', maxBuffer: 1 << 28, shell });
    const { verdict, lines } = judgeAdvisories(stdout, judgements, new Date());
    process.stdout.write(`${[...lines, `advisories: ${verdict}`].join('\n')}\n`);
    // Not knowing is no pass.
    process.exitCode = { clean: 0, found: 1, unknown: 2 }[verdict];
  });
}
