import { Counter, Gauge, Registry } from 'prom-client';
import type { JsonObject } from '../domain/json.ts';

/** How many runs there are that have not ended, in the whole database. */
export type UnfinishedRuns = { readonly pending: number; readonly running: number };

export type MetricsOptions = {
  readonly version: string;
  readonly monotonicMs: () => number;
  readonly countUnfinishedRuns: () => Promise<UnfinishedRuns>;
};

/** The measurements of this process that /metrics shows. */
export class Metrics {
  readonly #options: MetricsOptions;
  readonly #startedAtMs: number;
  readonly #registry = new Registry();
  readonly #requests = new Counter({
    name: 'interject_http_requests_total',
    help: "Answered requests to the LangGraph protocol's endpoints.",
    labelNames: ['method', 'status'],
    registers: [this.#registry],
  });
  #underWay = 0;

  constructor(options: MetricsOptions) {
    this.#options = options;
    this.#startedAtMs = options.monotonicMs();
    this.#addGauges();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * A request has come. Call what it returns with the status when its answer is whole or broken off; only the
   * first call counts.
   */
  requestStarted(method: string): (status: number) => void {
    this.#underWay += 1;
    let counts = true;
    return (status) => {
      if (!counts) return;
      counts = false;
      this.#underWay -= 1;
      this.#requests.inc({ method, status });
    };
  }

  /** In the text format of Prometheus, version 0.0.4. Rejects when the runs can't be counted. */
  toText(): Promise<string> {
    return this.#registry.metrics();
  }

  async toJson(): Promise<JsonObject> {
    const { version, countUnfinishedRuns } = this.#options;
    const { pending, running } = await countUnfinishedRuns();
    const { values } = await this.#requests.get();
    return {
      version,
      uptime_seconds: this.#uptimeSeconds(),
      queue: { pending, running },
      http: {
        requests: Object.fromEntries(
          values.map(({ labels, value }) => [`method="${labels.method}",status="${labels.status}"`, value]),
        ),
        under_way: this.#underWay,
      },
      process: { resident_memory_bytes: process.memoryUsage.rss() },
    };
  }

  /** Each is read when it is asked for. */
  #addGauges(): void {
    const { version, countUnfinishedRuns } = this.#options;
    const registers = [this.#registry];
    new Gauge({
      name: 'interject_info',
      help: 'Version of the server.',
      labelNames: ['version'],
      registers,
    }).set({ version }, 1);
    this.#gauge('interject_uptime_seconds', 'Seconds since the process started serving.', () =>
      this.#uptimeSeconds(),
    );
    new Gauge({
      name: 'interject_runs',
      help: 'Runs in the database that have not ended.',
      labelNames: ['status'],
      registers,
      async collect() {
        const { pending, running } = await countUnfinishedRuns();
        this.set({ status: 'pending' }, pending);
        this.set({ status: 'running' }, running);
      },
    });
    this.#gauge(
      'interject_http_requests_under_way',
      'Requests in progress, including open streams.',
      () => this.#underWay,
    );
    this.#gauge('process_resident_memory_bytes', 'Resident memory of the process.', () =>
      process.memoryUsage.rss(),
    );
  }

  #gauge(name: string, help: string, read: () => number): void {
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      collect() {
        this.set(read());
      },
    });
  }

  #uptimeSeconds(): number {
    return Math.round((this.#options.monotonicMs() - this.#startedAtMs) / 10) / 100;
  }
}
