import { standing } from '../harness/judge.mjs';

const STANDING = { goal: 'goal reached', met: 'met', missed: '**missed**', told: '' };

const format = (value, unit = 'x') => {
  if (value === undefined || value === null) return '';
  const digits = unit === '' || Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const number = digits === 0 ? Math.round(value).toLocaleString('en') : value.toFixed(digits);
  return unit === 'x' || unit === '' ? number : `${number} ${unit}`;
};
const range = ({ lowest, highest, unit }) =>
  lowest === undefined ? '' : `${format(lowest, unit)} to ${format(highest, unit)}`;
const row = (...cells) => `| ${cells.join(' | ')} |`;

/** The whole result as Markdown. */
export function markdown({ machine, versions, pieces }) {
  const { cpu, cores, memoryGiB, node, redis, pinned } = machine;
  const parts = [
    `${cpu}, ${cores} cores, ${memoryGiB} GiB, Node ${node}, Redis ${redis}, ${pinned ? 'server and load on a core each' : 'nothing pinned'}.`,
    `Versions: ${Object.entries(versions.packages)
      .map(([name, version]) => `${name} ${version}`)
      .join(', ')}.`,
    ...Object.entries(pieces).map(([name, piece]) =>
      name === 'field' && piece.result
        ? `${pieceMarkdown(piece)}\n\n${fieldTable(piece.result)}`
        : pieceMarkdown(piece),
    ),
  ];
  return `${parts.join('\n\n')}\n`;
}

function pieceMarkdown({ title, at, commit, error, faults, figures, controls }) {
  const head = `### ${title}\n\nMeasured ${at.slice(0, 10)} at ${commit}. `;
  if (error) return `${head}It failed: ${error}`;
  const verdict =
    faults.length > 0
      ? `**Does not count:** ${faults.join('; ')}.`
      : controls.map(({ of, ratio, rounds }) => `Control (${of}) ${format(ratio.median)}, ${rounds} rounds.`).join(' ');
  const rows = figures.map((figure) => {
    const { what, value, unit, must, goal } = figure;
    return row(
      what,
      format(value, unit),
      range(figure),
      format(must, unit),
      format(goal, unit),
      STANDING[standing(figure)],
    );
  });
  return [
    head + verdict,
    '',
    row('figure', 'value', 'rounds', 'must', 'goal', ''),
    row('---', '---', '---', '---', '---', '---'),
    ...rows,
  ].join('\n');
}

/** Everybody over HTTP, the fastest first. */
function fieldTable({ connections, tokens, revocations, contenders }) {
  const sorted = Object.values(contenders).sort((a, b) => b.toOpen.median - a.toOpen.median);
  const share = ({ median, lowest, highest }) => `${format(median)} (${format(lowest)} to ${format(highest)})`;
  return [
    `${connections} connections, ${tokens} credentials in turn, ${revocations.toLocaleString('en')} live revocations where there is a list.`,
    '',
    row(
      'server',
      'to Nest without authentication',
      'to tuned passport + Redis',
      'requests/s',
      'p50 / p99',
      'CPU per request',
      'learns of a sign-out',
      'not 2xx',
    ),
    row(...Array(8).fill('---')),
    ...sorted.map(({ title, toOpen, toPassportRedisTuned, perSecond, p50Ms, p99Ms, cpuUs, revocation, non2xx }) =>
      row(
        title,
        share(toOpen),
        format(toPassportRedisTuned.median),
        format(perSecond, ''),
        `${format(p50Ms)} / ${format(p99Ms, 'ms')}`,
        format(cpuUs, 'µs'),
        revocation ?? 'no',
        non2xx,
      ),
    ),
  ].join('\n');
}

/** The judged figures for a terminal. */
export function text({ quick, pieces }) {
  const lines = Object.values(pieces).flatMap(({ title, error, faults, figures }) => [
    '',
    title,
    ...(error ? [`  failed: ${error}`] : []),
    ...figures.map((figure) => {
      const promise = figure.must === undefined ? '' : `must ${format(figure.must, figure.unit)}`;
      const verdict = quick ? '' : STANDING[standing(figure)].replaceAll('*', '');
      return `  ${figure.what.padEnd(72)} ${format(figure.value, figure.unit).padStart(9)}   ${promise} ${verdict}`.trimEnd();
    }),
    ...(quick || error ? [] : faults.map((fault) => `  does not count: ${fault}`)),
  ]);
  return `${lines.join('\n')}\n${quick ? '\nA quick run shows that everything runs; its figures mean nothing.\n' : ''}`;
}
