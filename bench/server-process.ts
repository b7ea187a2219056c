import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createClient, type InterjectClient } from '../src/client/public.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const GRAPHS = fileURLToPath(new URL('./graphs/langgraph.json', import.meta.url));
/** A start that takes longer than this has gone wrong. */
const START_DEADLINE_MS = 45_000;

export type Launch = {
  /** Node's arguments. */
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The line that says that it serves; its group is the port. */
  readonly serving: RegExp;
  /** Lines that are repeated here. */
  readonly repeated?: RegExp;
};

export type InterjectOptions = {
  readonly database: string;
  readonly role?: 'all' | 'api' | 'worker';
  readonly flags?: readonly string[];
};

/**
 * A server in a process of its own, and whatever that starts: a process group. Use it with `await using`;
 * when this process exits, by whatever way but a SIGKILL, what still runs of it is killed.
 */
export class ServerProcess implements AsyncDisposable {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, exited: Promise<unknown>, origin: string) {
    this.#child = child;
    this.#exited = exited;
    this.origin = origin;
  }

  /** Resolves when it serves; rejects, with what it said, when it exits before or takes too long. */
  static async launch({ args, cwd, env = {}, serving, repeated }: Launch): Promise<ServerProcess> {
    const child = spawn(process.execPath, [...args], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, ...env },
      detached: true, // a group of its own
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const killAtExit = () => killGroup(child);
    process.once('exit', killAtExit);
    const exited = once(child, 'exit').finally(() => process.off('exit', killAtExit));
    const port = Promise.withResolvers<string>();
    let said = '';
    const read = (line: string) => {
      const found = serving.exec(line)?.[1];
      if (found !== undefined) port.resolve(found);
      if (repeated?.test(line)) process.stderr.write(`${line}\n`);
      if (said.length < 10_000) said += `${line}\n`;
    };
    if (child.stdout !== null) createInterface({ input: child.stdout }).on('line', read);
    if (child.stderr !== null) createInterface({ input: child.stderr }).on('line', read);
    exited.then(() => port.reject(new Error(`A server exited at its start:\n${said}`)), port.reject);
    const deadline = setTimeout(
      () => port.reject(new Error(`A server didn't start in time:\n${said}`)),
      START_DEADLINE_MS,
    );
    try {
      return new ServerProcess(child, exited, `http://127.0.0.1:${await port.promise}`);
    } catch (error) {
      killGroup(child);
      throw error;
    } finally {
      clearTimeout(deadline);
    }
  }

  /** The product, as `npm start` runs it, with the benches' graphs on a free port. */
  static interject({ database, role = 'all', flags = [] }: InterjectOptions): Promise<ServerProcess> {
    return ServerProcess.launch({
      args: [
        ...['--max-semi-space-size=16', MAIN, '--port', '0', '--config', GRAPHS, '--log-level', 'error'],
        ...['--database', database, '--role', role, ...flags],
      ],
      serving:
        /^(?:Playground and GraphQL endpoint:|Worker: executes runs and serves only) http:\/\/127\.0\.0\.1:(\d+)\//,
      repeated: /^\{/, // its log: errors only
    });
  }

  /** The typed client of it. */
  client(): InterjectClient {
    return createClient({ url: `${this.origin}/graphql` });
  }

  /** SIGKILL: no handler of its runs. */
  async kill(): Promise<void> {
    killGroup(this.#child);
    await this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.kill();
  }
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has ended
  }
}
