import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** A server with an empty database in memory, on a free port. Use it with `await using`. */
export type ExampleServer = AsyncDisposable & { readonly url: string };

/** Starts one that serves the graphs of a langgraph.json in a folder of examples/. */
export async function startServer(folder: string, flags: readonly string[] = []): Promise<ExampleServer> {
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const config = fileURLToPath(new URL(`../${folder}/langgraph.json`, import.meta.url));
  const server = spawn(
    process.execPath,
    [main, '--port', '0', '--database', ':memory:', '--config', config, ...flags],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  const stop = async () => {
    if (server.exitCode !== null) return;
    server.kill();
    await once(server, 'exit');
  };
  server.stdout.setEncoding('utf8');
  let said = '';
  for await (const chunk of server.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const url = /https?:\/\/[^\s"]+\/graphql/.exec(said)?.[0];
    if (url !== undefined) {
      server.stdout.resume(); // nobody reads on, and a full pipe would stop the server
      return { url, [Symbol.asyncDispose]: stop };
    }
  }
  throw new Error(`The server ended before it listened:\n${said}`);
}
