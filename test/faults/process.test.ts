import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { runToExit, ServerProcess } from '../support/server-process.ts';
import { ServiceFile } from '../support/service-file.ts';
import { CrashScene } from './crash-scene.ts';

const TIMEOUT = { timeout: 60_000 };
const CARELESS = fileURLToPath(new URL('../support/careless-graph.ts', import.meta.url));

/**
 * Flags to serve a graph whose module keeps the process alive and whose node leaves a rejected promise
 * behind.
 */
async function servingCareless(file: ServiceFile): Promise<string[]> {
  return [
    '--config',
    await file.write('langgraph.json', JSON.stringify({ graphs: { careless: `${CARELESS}:graph` } })),
  ];
}

async function takenPort(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('SIGTERM', TIMEOUT, () => {
  test('lets a run end in the drain time, claims no other, and exits 0', async () => {
    await using scene = await CrashScene.open(['echo:2'], ['--drain-seconds', '30']);
    const run = await scene.start('echo', 'one two three');
    const waiting = await scene.start('echo', 'next');
    await scene.words(2);

    const exiting = scene.server.terminate();
    await scene.server.logged('Shutting down: draining active runs; the rest will be released');
    scene.server.openGates();

    expect(await exiting).toBe(0);
    expect(scene.row(run)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect(scene.row(waiting)).toMatchObject({ status: 'PENDING', attempt: 0 });
    await scene.restart();
    expect(await scene.ended(waiting)).toMatchObject({ status: 'SUCCESS' });
    await scene.seen('RunEnded', ({ runId }) => runId === waiting.id);
    await scene.expectConsistent();
  });

  test('releases what does not end: it goes on after the restart, and that is no failure', async () => {
    await using scene = await CrashScene.open(['echo:2'], ['--drain-seconds', '0.05']);
    const run = await scene.start('echo', 'one two three');
    await scene.words(2);

    expect(await scene.server.terminate()).toBe(0);
    expect(scene.row(run)).toMatchObject({ status: 'RUNNING', attempt: 1, failures: 0, lease_owner: null });
    await scene.restart();

    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(scene.row(run)).toMatchObject({ failures: 0 });
    expect(await scene.said()).toEqual(['human: one two three', 'ai: one two three']);
    await scene.seen('RunEnded');
    await scene.expectConsistent();
  });

  test('is not ready while it drains', async () => {
    await using scene = await CrashScene.open(['echo:2'], ['--drain-seconds', '30']);
    await scene.start('echo', 'one two three');
    await scene.words(2);
    const ready = new URL('/ready', scene.server.url);
    expect((await fetch(ready)).status).toBe(200);

    const exiting = scene.server.terminate();
    await scene.server.logged('Shutting down: draining active runs; the rest will be released');

    expect((await fetch(ready)).status).toBe(503);
    scene.server.openGates();
    expect(await exiting).toBe(0);
  });
});

describe("a graph's careless code", TIMEOUT, () => {
  test('leaves a rejected promise behind: its run fails, and the server goes on', async () => {
    await using file = await ServiceFile.create();
    await using server = await ServerProcess.start({
      database: file.path,
      flags: await servingCareless(file),
    });
    const client = createClient({ url: server.url });
    const thread = unwrap(await client.createThread());

    for (const text of ['first', 'second']) {
      const input = { messages: [{ type: 'human', content: text }] };
      const run = unwrap(await client.createRun({ threadId: thread.id, assistantId: 'careless', input }));
      expect(unwrap(await client.joinRun(thread.id, run.id)).run.status).toBe('ERROR');
    }

    const [logged] = server.logs.filter(
      ({ msg }) => msg === 'Graph threw outside its nodes; failing its run',
    );
    expect(logged).toMatchObject({ level: 50, err: { message: 'left behind' } });
  });

  test('keeps a timer going: SIGTERM ends the process all the same', async () => {
    await using file = await ServiceFile.create();
    await using server = await ServerProcess.start({
      database: file.path,
      flags: await servingCareless(file),
    });

    expect(await server.terminate()).toBe(0);
    expect(server.logs.at(-1)?.msg).toBe('Stopped');
  });

  test('keeps a timer going: a start that fails exits all the same', async () => {
    await using file = await ServiceFile.create();
    await using other = createServer();
    const port = await takenPort(other);

    const exit = await runToExit([
      '--port',
      String(port),
      '--database',
      ':memory:',
      ...(await servingCareless(file)),
    ]);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toContain(String(port));
  });
});

describe('what stops the start is told in one line, with exit code 1:', TIMEOUT, () => {
  const isOneLine = /^interject: .+\n$/;

  test('another server has the database file', async () => {
    await using file = await ServiceFile.create();
    await using server = await ServerProcess.start({ database: file.path });

    const exit = await runToExit(['--port', '0', '--database', file.path]);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toMatch(isOneLine);
    expect(exit.stderr).toContain(file.path);
    expect((await fetch(new URL('/health', server.url))).status).toBe(200);
  });

  test('the port is taken', async () => {
    await using other = createServer();
    const port = await takenPort(other);

    const exit = await runToExit(['--port', String(port), '--database', ':memory:']);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toMatch(isOneLine);
    expect(exit.stderr).toContain(String(port));
  });

  test.each([
    ['an unknown flag', ['--colour', 'red'], '--colour'],
    ['a port that is no number', ['--port', 'http'], '--port'],
    ['a negative drain time', ['--drain-seconds=-1'], '--drain-seconds'],
    [
      'a host that is not known',
      ['--port', '0', '--database', ':memory:', '--host', 'nowhere.invalid'],
      '--host',
    ],
    [
      'an address that is not ours',
      ['--port', '0', '--database', ':memory:', '--host', '203.0.113.1'],
      '--host',
    ],
    ['a database of another kind', ['--database', 'mysql://somewhere/db'], '--database'],
    ['a missing configuration', ['--config', 'not/there.json'], 'not/there.json'],
  ])('%s', async (_name, args, named) => {
    const exit = await runToExit(args);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toMatch(isOneLine);
    expect(exit.stderr).toContain(named);
  });

  test('a graph that is not there', async () => {
    await using file = await ServiceFile.create();
    const config = await file.write(
      'langgraph.json',
      JSON.stringify({ graphs: { agent: './agent.ts:graph' } }),
    );

    const exit = await runToExit(['--port', '0', '--database', ':memory:', '--config', config]);

    expect(exit).toMatchObject({ code: 1, stdout: '' });
    expect(exit.stderr).toMatch(isOneLine);
    expect(exit.stderr).toContain('agent.ts');
  });
});
