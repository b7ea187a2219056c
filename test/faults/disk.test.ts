import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import BetterSqlite3 from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { ServerProcess } from '../support/server-process.ts';
import { ServiceFile } from '../support/service-file.ts';
import { until } from '../support/until.ts';

/** Files of that process may not grow beyond this: what a disk that takes no more looks like to it. */
const limitFiles = (pid: number, bytes: number | 'unlimited') =>
  promisify(execFile)('prlimit', ['--pid', String(pid), `--fsize=${bytes}:unlimited`]);

test('a disk that takes no more refuses commands with a clear error, costs no run its life, and needs no restart', {
  timeout: 60_000,
}, async () => {
  await using file = await ServiceFile.create();
  await using server = await ServerProcess.start({ database: file.path, gates: ['echo:1'] });
  const client = createClient({ url: server.url });
  const thread = unwrap(await client.createThread());
  const run = unwrap(
    await client.createRun({
      threadId: thread.id,
      assistantId: 'echo',
      input: { messages: [{ type: 'human', content: 'one two three' }] },
    }),
  );
  await until(
    () => file.dump()['run_event'] as readonly { kind: string }[],
    (events) => events.some(({ kind }) => kind === 'MESSAGE_DELTA'),
  );

  await limitFiles(server.pid, 4_096);
  const refused = await client.createThread().catch((error: unknown) => error);
  server.openGates();
  await server.logged('Database rejected a write of a run');
  const ready = await fetch(new URL('/ready', server.url));
  await limitFiles(server.pid, 'unlimited');
  const joined = unwrap(await client.joinRun(thread.id, run.id));

  expect(refused).toMatchObject({ code: 'SERVICE_UNAVAILABLE', message: expect.stringMatching(/disk/) });
  expect(ready.status).toBe(503);
  expect(joined.run).toMatchObject({ status: 'SUCCESS' });
  expect((file.dump()['run'] as readonly { failures: number }[])[0]).toMatchObject({ failures: 0 });
  expect(await server.terminate()).toBe(0);
  const database = new BetterSqlite3(file.path);
  expect(database.prepare('pragma integrity_check').all([])).toEqual([{ integrity_check: 'ok' }]);
  database.close();
});
