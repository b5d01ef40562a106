/** Settings of a Redis by name; the last one of a name holds. */
export type Directives = ReadonlyMap<string, string>;

/** `--name value --other a b` as redis-server reads it, from a command line that may hold a shell's words. */
export function parseArguments(words: readonly string[]): Directives {
  const directives = new Map<string, string>();
  let name: string | undefined;
  for (const word of words.flatMap(wordsIn)) {
    if (word.startsWith('--')) {
      name = word.slice(2).toLowerCase();
      directives.set(name, '');
    } else if (name !== undefined) {
      directives.set(name, `${directives.get(name) ?? ''} ${word}`.trim());
    }
  }
  return directives;
}

/** The text of a redis.conf. */
export function parseRedisConf(text: string): Directives {
  const directives = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [name, ...values] = wordsIn(line.trim());
    if (name === undefined || line.trim().startsWith('#')) continue;
    const key = name.toLowerCase();
    const value = values.join(' ');
    // `save` adds up; an empty one takes all back.
    directives.set(key, key === 'save' && value !== '' ? `${directives.get(key) ?? ''} ${value}`.trim() : value);
  }
  return directives;
}

/** A shell line in one argument counts as its words: `sh -c "exec redis-server --appendonly yes"`. */
function wordsIn(text: string): string[] {
  if (text === '') return [''];
  const words = text.match(/"[^"]*"|'[^']*'|[^\s"']+/g) ?? [];
  return words.map((word) => word.replace(/^(["'])(.*)\1$/, '$2'));
}

/** `256mb`, `1gb`, `1000`: bytes, as Redis reads them. */
export function bytesOf(text: string | undefined): number | undefined {
  const [, digits, unit = ''] = /^(\d+)\s*([kmg]b?)?$/i.exec(text?.trim() ?? '') ?? [];
  if (digits === undefined) return undefined;
  const units: Record<string, number> = { '': 1, k: 1e3, kb: 1024, m: 1e6, mb: 1024 ** 2, g: 1e9, gb: 1024 ** 3 };
  return Number(digits) * (units[unit.toLowerCase()] ?? 1);
}

/** `512Mi`, `1Gi`, `500M`: bytes, as Kubernetes reads them. */
export function quantityOf(text: unknown): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)(Ki|Mi|Gi|Ti|k|M|G|T|)$/.exec(String(text ?? '')) ?? [];
  if (digits === undefined) return undefined;
  const units: Record<string, number> = {
    '': 1,
    Ki: 1024,
    Mi: 1024 ** 2,
    Gi: 1024 ** 3,
    Ti: 1024 ** 4,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
  };
  return Number(digits) * (units[unit] ?? 1);
}
