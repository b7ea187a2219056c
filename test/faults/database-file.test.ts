import { linkSync, renameSync, symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createClient, unwrap } from '../../src/client/public.ts';
import { runToExit, ServerProcess } from '../support/server-process.ts';
import { FIXTURE_GRAPHS } from '../support/service.ts';
import { ServiceFile } from '../support/service-file.ts';
import { until } from '../support/until.ts';

const threadsIn = (file: ServiceFile) =>
  (file.dump()['thread'] as readonly { id: string }[]).map(({ id }) => id);

test('a second server on one file is refused through links, and starts through one once the first was killed', {
  timeout: 60_000,
}, async () => {
  await using file = await ServiceFile.create();
  await using first = await ServerProcess.start({ database: file.path });
  const kept = unwrap(await createClient({ url: first.url }).createThread());
  symlinkSync(file.path, `${file.path}.symbolic`);
  linkSync(file.path, `${file.path}.hard`);

  const refused = ['symbolic', 'hard'].map((link) =>
    runToExit(['--port', '0', '--database', `${file.path}.${link}`, '--config', FIXTURE_GRAPHS]),
  );
  for (const { code, stderr } of await Promise.all(refused)) {
    expect(code).toBe(1);
    expect(stderr).toMatch(/^[^\n]*another server is using it[^\n]*\n$/);
  }
  await first.kill();
  await using second = await ServerProcess.start({ database: `${file.path}.symbolic` });
  const added = unwrap(await createClient({ url: second.url }).createThread());

  expect(threadsIn(file).sort()).toEqual([kept.id, added.id].sort());
});

test('a file that is removed under a running server: no command is taken, readiness fails, and a restart starts nothing anew', {
  timeout: 60_000,
}, async () => {
  await using file = await ServiceFile.create();
  await using server = await ServerProcess.start({ database: file.path });
  const client = createClient({ url: server.url });
  unwrap(await client.createThread());
  renameSync(file.path, `${file.path}.away`);

  const ready = await until(
    async () => {
      const response = await fetch(new URL('/ready', server.url));
      return { status: response.status, body: await response.text() };
    },
    ({ status }) => status === 503,
  );
  const refused = await client.createThread().catch((error: unknown) => error);
  expect(await server.terminate()).toBe(0);
  const restarted = await runToExit(['--port', '0', '--database', file.path, '--config', FIXTURE_GRAPHS]);

  expect(ready.body).toContain('removed, emptied or replaced');
  expect(refused).toMatchObject({ code: 'SERVICE_UNAVAILABLE' });
  expect(restarted).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/^[^\n]*it is missing[^\n]*\n$/),
  });
});
