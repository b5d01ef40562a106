const digits = (value) =>
  value >= 100 ? Math.round(value).toLocaleString('en') : value >= 10 ? value.toFixed(1) : value.toFixed(2);
const row = (...cells) => `| ${cells.join(' | ')} |`;

/** Every proxy, the fastest first. */
export function fieldMarkdown({ connections, sessions, contenders }) {
  const sorted = Object.values(contenders).sort((a, b) => b.toBare.median - a.toBare.median);
  const head = [
    'proxy',
    'to a bare node:http proxy',
    'requests/s',
    'p50 / p99',
    'CPU per request',
    'knows who asks',
    'not 2xx',
  ];
  return [
    '### Every proxy',
    '',
    `${connections} connections, ${sessions} sessions in turn.`,
    '',
    row(...head),
    row(...head.map(() => '---')),
    ...sorted.map(({ title, toBare, perSecond, p50Ms, p99Ms, cpuUs, knows, non2xx }) =>
      row(
        title,
        `${digits(toBare.median)} (${digits(toBare.lowest)} to ${digits(toBare.highest)})`,
        digits(perSecond),
        `${digits(p50Ms)} / ${digits(p99Ms)} ms`,
        `${digits(cpuUs)} µs`,
        knows ?? 'no',
        non2xx,
      ),
    ),
  ].join('\n');
}
