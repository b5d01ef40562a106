/** A family of the Prometheus text format: what was declared of it, and its series by label set. */
export interface Family {
  readonly type: string;
  readonly help: string;
  /** Keyed as written: `name{label="value"}`. */
  readonly series: ReadonlyMap<string, number>;
}

const METADATA = /^# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+)$/;
const SAMPLE = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"$/;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?)|[+-]Inf|NaN)$/;
const TYPES = ['counter', 'gauge', 'histogram', 'summary', 'untyped'];

/**
 * Reads Prometheus' text format 0.0.4, and is stricter than a scraper: each family is declared once, with HELP before TYPE
 * before its series, all in one place, and no series comes twice.
 *
 * @throws {Error} naming the line that is wrong.
 */
export function parseExposition(text: string): Map<string, Family> {
  if (!text.endsWith('\n')) throw new Error('the last line has no end');
  const families = new Map<string, Family & { series: Map<string, number> }>();
  let [current, help] = ['', ''];
  for (const line of text.slice(0, -1).split('\n')) {
    const [, kind, declared = '', rest = ''] = METADATA.exec(line) ?? [];
    if (kind === 'HELP') {
      if (families.has(declared)) throw new Error(`declared twice: ${line}`);
      [current, help] = [declared, rest];
    } else if (kind === 'TYPE') {
      if (declared !== current || families.has(declared) || !TYPES.includes(rest)) throw new Error(`TYPE: ${line}`);
      families.set(declared, { type: rest, help, series: new Map() });
    } else {
      addSample(line, current, families.get(current));
    }
  }
  for (const [name, family] of families) checkFamily(name, family);
  return families;
}

function addSample(
  line: string,
  name: string,
  family: { type: string; series: Map<string, number> } | undefined,
): void {
  const [, metric = '', labels = '', value = ''] = SAMPLE.exec(line) ?? [];
  const suffixes = family?.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
  if (!family || !suffixes.some((suffix) => metric === `${name}${suffix}`))
    throw new Error(`not of its family: ${line}`);
  if (!NUMBER.test(value)) throw new Error(`no number: ${line}`);
  if (labels !== '' && !labels.split(',').every((label) => LABEL.test(label))) throw new Error(`labels: ${line}`);
  const key = line.slice(0, line.lastIndexOf(' '));
  if (family.series.has(key)) throw new Error(`twice: ${line}`);
  family.series.set(key, Number(value.replace('Inf', 'Infinity')));
}

function checkFamily(name: string, { type, series }: Family): void {
  if (series.size === 0) throw new Error(`${name} has no series`);
  // Prometheus' own naming rules: a counter is a total, and nothing else is.
  if ((type === 'counter') !== name.endsWith('_total')) throw new Error(`${name} is a ${type}`);
  if (type === 'counter' && [...series.values()].some((value) => !(value >= 0))) throw new Error(`${name} is negative`);
  if (type === 'histogram') checkHistogram(name, series);
}

function checkHistogram(name: string, series: ReadonlyMap<string, number>): void {
  const buckets = [...series].filter(([key]) => key.startsWith(`${name}_bucket{`));
  const bounds = buckets.map(([key]) => Number(/le="([^"]+)"/.exec(key)?.[1]?.replace('Inf', 'Infinity')));
  const counts = buckets.map(([, count]) => count);
  const ascending = (list: readonly number[], step: (a: number, b: number) => boolean) =>
    list.every((value, i) => i === 0 || step(list[i - 1] ?? NaN, value));
  if (bounds.at(-1) !== Infinity) throw new Error(`${name} has no infinite bucket`);
  if (!ascending(bounds, (a, b) => a < b)) throw new Error(`${name}: bounds do not rise`);
  if (!ascending(counts, (a, b) => a <= b)) throw new Error(`${name}: buckets are not cumulative`);
  if (counts.at(-1) !== series.get(`${name}_count`)) throw new Error(`${name}: count is not the last bucket`);
  if (!series.has(`${name}_sum`)) throw new Error(`${name} has no sum`);
}
