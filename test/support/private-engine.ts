import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { accepts } from './signal-engines.ts';
import { until } from './until.ts';

const COMMANDS = {
  redis: (port: number, dir: string) => [
    'redis-server',
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--dir',
    dir,
  ],
  nats: (port: number) => ['nats-server', '--addr', '127.0.0.1', '--port', `${port}`],
} as const;

/**
 * A messaging server of a test's own, on a free port, that it may kill and start again. Use it with `await
 * using`.
 */
export class PrivateEngine implements AsyncDisposable {
  readonly url: string;
  readonly #command: readonly string[];
  readonly #dir: string;
  #child: ChildProcess | null = null;

  private constructor(
    kind: keyof typeof COMMANDS,
    { port, dir, args }: { port: number; dir: string; args: readonly string[] },
  ) {
    this.url = `${kind}://127.0.0.1:${port}`;
    this.#command = [...COMMANDS[kind](port, dir), ...args];
    this.#dir = dir;
  }

  /** Rejects where the server isn't installed. */
  static async start(kind: keyof typeof COMMANDS, args: readonly string[] = []): Promise<PrivateEngine> {
    const dir = mkdtempSync(join(tmpdir(), `interject-${kind}-`));
    const engine = new PrivateEngine(kind, { port: await freePort(), dir, args });
    await engine.start();
    return engine;
  }

  /** Resolves when it accepts connections. */
  async start(): Promise<void> {
    const [file = '', ...args] = this.#command;
    const child = spawn(file, args, {
      stdio: 'ignore',
      env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/usr/local/sbin` },
    });
    await once(child, 'spawn');
    this.#child = child;
    await until(
      () => accepts(this.url),
      (isThere) => isThere,
    );
  }

  /** SIGKILL. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child === null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    this.#child = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#dir, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
