/** What one series of measurements came to. `p95` null: it is one number. */
export type Summary = { readonly count: number; readonly median: number; readonly p95: number | null };

export type Target = {
  readonly text: string;
  readonly met: boolean;
};

export type Figure = {
  readonly name: string;
  readonly unit: 'ms' | '1/s' | 'KiB' | 'MiB' | '×' | 'count';
  readonly value: Summary;
  /**
   * CPU of the whole process per measurement, ms; null: not taken, as where a server's is in another process.
   */
  readonly cpuMs: number | null;
  /** The same without the service, measured in the same run; null: there is no such thing. */
  readonly bare: {
    readonly name: string;
    readonly value: Summary;
    readonly ratio: number;
    readonly cpuMs: number | null;
  } | null;
  readonly target: Target | null;
};

/** @param values at least one */
export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b);
  return { count: sorted.length, median: quantile(sorted, 0.5), p95: quantile(sorted, 0.95) };
}

export const single = (value: number): Summary => ({ count: 1, median: value, p95: null });

/** The nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  if (value === undefined) throw new RangeError('Nothing was measured');
  return value;
}

/** A series of one thing's measurements. */
export class Series {
  readonly ms: number[] = [];
  #cpuMs = 0;

  /** Measures `work` once. */
  async time<T>(work: () => Promise<T>): Promise<T> {
    const cpu = process.cpuUsage();
    const startedMs = performance.now();
    const result = await work();
    this.ms.push(performance.now() - startedMs);
    const used = process.cpuUsage(cpu);
    this.#cpuMs += (used.user + used.system) / 1_000;
    return result;
  }

  get summary(): Summary {
    return summarise(this.ms);
  }

  get cpuMs(): number {
    return this.#cpuMs / this.ms.length;
  }
}

type Timed = {
  readonly name: string;
  readonly series: Series;
  readonly bare?: { readonly name: string; readonly series: Series };
};

/** The figure of a series, in milliseconds, beside its bare counterpart. */
export function timeFigure(
  { name, series, bare }: Timed,
  target: (value: Summary, ratio: number | null) => Target | null = () => null,
): Figure {
  const value = series.summary;
  const counterpart = bare?.series.summary;
  const ratio = counterpart === undefined ? null : value.median / counterpart.median;
  return {
    name,
    unit: 'ms',
    value,
    cpuMs: series.cpuMs,
    bare:
      bare === undefined || counterpart === undefined || ratio === null
        ? null
        : { name: bare.name, value: counterpart, ratio, cpuMs: bare.series.cpuMs },
    target: target(value, ratio),
  };
}

/** The same where servers are processes of their own: this one's CPU says nothing about them. */
export function serverTimeFigure(
  timed: Timed,
  target?: (value: Summary, ratio: number | null) => Target | null,
): Figure {
  const figure = timeFigure(timed, target);
  return { ...figure, cpuMs: null, bare: figure.bare === null ? null : { ...figure.bare, cpuMs: null } };
}

export const atMost = (what: string, value: number, limit: number, unit: string): Target => ({
  text: `${what} ≤ ${limit} ${unit}`.trim(),
  met: value <= limit,
});
