import type { JsonObject } from '../domain/json.ts';

/** How many runs there are that have not ended, in the whole database. */
export type UnfinishedRuns = { readonly pending: number; readonly running: number };

/** What /metrics tells of this process. */
export class Metrics {
  readonly #version: string;
  readonly #startedAtMs: number;
  readonly #monotonicMs: () => number;
  /** By method and status. */
  readonly #requests = new Map<string, number>();
  #underWay = 0;

  constructor({ version, monotonicMs }: { readonly version: string; readonly monotonicMs: () => number }) {
    this.#version = version;
    this.#monotonicMs = monotonicMs;
    this.#startedAtMs = monotonicMs();
  }

  /** A request has come. Call what it returns with the status when its answer is whole or broken off; only the first call counts. */
  requestStarted(method: string): (status: number) => void {
    this.#underWay += 1;
    let counts = true;
    return (status) => {
      if (!counts) return;
      counts = false;
      this.#underWay -= 1;
      const key = `method="${method}",status="${status}"`;
      this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    };
  }

  /** In the text format of Prometheus, version 0.0.4. */
  toText(runs: UnfinishedRuns): string {
    const families = [
      family('interject_info', 'gauge', 'Version of the server.', [[`version="${this.#version}"`, 1]]),
      family('interject_uptime_seconds', 'gauge', 'Seconds since the process began to serve.', [['', this.#uptimeSeconds()]]),
      family('interject_runs', 'gauge', 'Runs in the database that have not ended.', [
        ['status="pending"', runs.pending],
        ['status="running"', runs.running],
      ]),
      family('interject_http_requests_total', 'counter', "Answered requests of the LangGraph protocol's endpoints.", [...this.#requests]),
      family('interject_http_requests_under_way', 'gauge', 'Requests whose answer is not whole yet, open streams among them.', [
        ['', this.#underWay],
      ]),
      family('process_resident_memory_bytes', 'gauge', 'Resident memory of the process.', [['', process.memoryUsage.rss()]]),
    ];
    return `${families.join('\n')}\n`;
  }

  toJson(runs: UnfinishedRuns): JsonObject {
    return {
      version: this.#version,
      uptime_seconds: this.#uptimeSeconds(),
      queue: { pending: runs.pending, running: runs.running },
      http: { requests: Object.fromEntries(this.#requests), under_way: this.#underWay },
      process: { resident_memory_bytes: process.memoryUsage.rss() },
    };
  }

  #uptimeSeconds(): number {
    return Math.round((this.#monotonicMs() - this.#startedAtMs) / 10) / 100;
  }
}

type Sample = readonly [labels: string, value: number];

const family = (name: string, type: 'gauge' | 'counter', help: string, samples: readonly Sample[]): string =>
  [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(([labels, value]) => `${name}${labels === '' ? '' : `{${labels}}`} ${value}`),
  ].join('\n');
