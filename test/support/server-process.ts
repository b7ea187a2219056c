import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { FIXTURE_GRAPHS } from './service.ts';
import { until } from './until.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const SERVING = /^(?:Playground and GraphQL endpoint:|Worker: executes runs and serves only) (\S+)/;

type Options = {
  readonly database: string;
  /** 0: any free one. */
  readonly port?: number;
  /** Gates that hold in it until `openGates` (gates.ts). */
  readonly gates?: readonly string[];
  readonly flags?: readonly string[];
  /** SIGKILL, while it starts; `start` rejects then. */
  readonly killed?: AbortSignal;
};
export type Exit = { readonly code: number | null; readonly stdout: string; readonly stderr: string };
type LogLine = { readonly msg?: string } & Readonly<Record<string, unknown>>;

function launch(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [MAIN, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Starts `src/main.ts` with these arguments and resolves when it has exited. */
export async function runToExit(args: readonly string[]): Promise<Exit> {
  const child = launch(args);
  const output = collect(child);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text;
  });
  return output;
}

/**
 * A server of the fixture graphs in a process of its own. Use it with `await using`: what still runs is
 * killed.
 */
export class ServerProcess implements AsyncDisposable {
  readonly url: string;
  readonly #child: ChildProcess;
  /** Its exit code, once it has exited by whatever cause; null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** What it has logged so far. */
  readonly logs: readonly LogLine[];
  /** Its lines for people. */
  readonly printed: readonly string[];

  private constructor(
    child: ChildProcess,
    url: string,
    exited: Promise<number | null>,
    lines: Pick<ServerProcess, 'logs' | 'printed'>,
  ) {
    this.#child = child;
    this.url = url;
    this.exited = exited;
    this.logs = lines.logs;
    this.printed = lines.printed;
  }

  /** Resolves when it serves; rejects with what it said when it exits before. */
  static async start({
    database,
    port = 0,
    gates = [],
    flags = [],
    killed,
  }: Options): Promise<ServerProcess> {
    const args = ['--port', String(port), '--database', database, '--config', FIXTURE_GRAPHS, ...flags];
    const child = launch(args, { INTERJECT_TEST_GATES: gates.join(','), INTERJECT_LOG_LEVEL: 'info' });
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    killed?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
    const output = collect(child);
    const logs: LogLine[] = [];
    const printed: string[] = [];
    const serving = Promise.withResolvers<string>();
    createInterface({ input: child.stdout! }).on('line', (line) => {
      if (line.startsWith('{')) logs.push(JSON.parse(line) as LogLine);
      else printed.push(line);
      const url = SERVING.exec(line)?.[1];
      if (url !== undefined) serving.resolve(url);
    });
    exited.then((code) =>
      serving.reject(new Error(`The server exited with ${code}: ${output.stderr}${output.stdout}`)),
    );
    return new ServerProcess(child, await serving.promise, exited, { logs, printed });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** SIGKILL: no handler of its runs. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  /** SIGTERM; resolves with its exit code. */
  terminate(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.exited;
  }

  /** Resolves once it has logged this sentence. */
  logged(message: string): Promise<unknown> {
    return until(
      () => this.logs,
      (logs) => logs.some(({ msg }) => msg === message),
    );
  }

  /** SIGSTOP: it does nothing at all until `resume`, and its connections stay open. */
  pause(): void {
    this.#child.kill('SIGSTOP');
  }

  resume(): void {
    this.#child.kill('SIGCONT');
  }

  openGates(): void {
    this.#child.kill('SIGUSR2');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}
