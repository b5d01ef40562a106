import { collectDefaultMetrics, Counter, Gauge, Histogram, type LabelValues, Registry } from 'prom-client';

interface Described<L extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly L[];
}

/** The figures of one process, in a registry of their own, so that two apps in one test do not share them. */
export class Metrics {
  private readonly registry = new Registry();
  private readonly foreign: (() => string)[] = [];

  /** Requests by method, route pattern and status; the pattern, since paths with ids in them would never end. */
  readonly httpDuration: Histogram<'method' | 'route' | 'status'>;

  constructor(service: string, { processFigures = true }: { processFigures?: boolean } = {}) {
    this.registry.setDefaultLabels({ service });
    if (processFigures) collectDefaultMetrics({ register: this.registry });
    this.httpDuration = this.histogram({
      name: 'http_request_duration_seconds',
      help: 'Time to answer a request',
      labels: ['method', 'route', 'status'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
    });
  }

  counter<L extends string = never>({ name, help, labels = [] }: Described<L>): Counter<L> {
    return new Counter({ name, help, labelNames: [...labels], registers: [this.registry] });
  }

  /** A gauge that asks `read` when it is scraped. A failing `read` leaves the figure out. */
  gauge({ name, help }: Described<never>, read: () => number | Promise<number>): Gauge {
    return new Gauge({
      name,
      help,
      registers: [this.registry],
      async collect() {
        try {
          this.set(await read());
        } catch {
          // `reset` would tell 0, which is a figure like any other.
          this.remove();
        }
      },
    });
  }

  /** A gauge of several things, by the name of each. It asks `read` when it is scraped; a failing `read` leaves all of them out. */
  gaugeOfEach<L extends string>(
    { name, help, label }: Omit<Described<L>, 'labels'> & { readonly label: L },
    read: () => ReadonlyMap<string, number> | Promise<ReadonlyMap<string, number>>,
  ): Gauge<L> {
    return new Gauge<L>({
      name,
      help,
      labelNames: [label],
      registers: [this.registry],
      async collect() {
        const values = await Promise.resolve()
          .then(read)
          .catch(() => new Map<string, number>());
        // What is no more is not told any more, either.
        this.reset();
        for (const [one, value] of values) this.set({ [label]: one } as LabelValues<L>, value);
      },
    });
  }

  histogram<L extends string = never>({
    name,
    help,
    labels = [],
    buckets,
  }: Described<L> & { readonly buckets: readonly number[] }): Histogram<L> {
    return new Histogram({ name, help, labelNames: [...labels], buckets: [...buckets], registers: [this.registry] });
  }

  /** Adds figures that somebody else keeps, as Prometheus text; a library knows no registry of ours. */
  include(text: () => string): void {
    this.foreign.push(text);
  }

  /** All figures in Prometheus' text format. */
  async text(): Promise<string> {
    const own = await this.registry.metrics();
    return [own, ...this.foreign.map((text) => text())].map((part) => `${part.trimEnd()}\n`).join('');
  }

  get contentType(): string {
    return this.registry.contentType;
  }
}
