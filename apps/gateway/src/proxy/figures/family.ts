/** One metric of Prometheus' text format, with its samples. */
export class Family {
  private readonly lines: string[];

  constructor(
    private readonly name: string,
    type: 'counter' | 'gauge' | 'histogram',
    help: string,
  ) {
    this.lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
  }

  /** @param labels - as {@link label} writes them, joined by commas @param suffix - of a histogram's samples */
  add(labels: string, value: number, suffix = ''): void {
    this.lines.push(`${this.name}${suffix}{${labels}} ${value}`);
  }

  toString(): string {
    return `${this.lines.join('\n')}\n`;
  }
}

export function label(name: string, value: string): string {
  return `${name}="${value.replace(/\\/g, '\\\\').replace(/"/g, '\\"').replace(/\n/g, '\\n')}"`;
}
