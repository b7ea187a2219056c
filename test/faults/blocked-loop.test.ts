import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { runToExit } from '../support/server-process.ts';
import { until } from '../support/until.ts';
import { CrashScene } from './crash-scene.ts';

const TIMEOUT = { timeout: 60_000 };
const DEADLINE = { deadlineMs: 20_000 };
type Answer = { readonly status: number; readonly body: Readonly<Record<string, unknown>> };

async function ask(url: URL): Promise<Answer> {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Answer['body'] };
}

test(
  'a graph that blocks the event loop leaves /health alive and makes /ready say busy',
  TIMEOUT,
  async () => {
    await using scene = await CrashScene.open([], ['--health-port', '0', '--busy-seconds', '0.5']);
    const port = Number(scene.server.logs.find(({ msg }) => msg === 'Serving')?.['healthPort']);
    const health = (path: string) => ask(new URL(path, `http://127.0.0.1:${port}`));
    const main = (path: string) => ask(new URL(path, scene.server.url));
    expect(await health('/health')).toEqual({ status: 200, body: { status: 'alive' } });
    expect(await health('/ready')).toEqual({ status: 200, body: { status: 'ready' } });
    expect((await health('/graphql')).status).toBe(404);

    const release = `${scene.file.path}.release`;
    const run = await scene.start('blocking', release);
    const busy = {
      status: 503,
      body: {
        status: 'unavailable',
        reason: expect.stringMatching(/^busy: the event loop was blocked for \d/),
      },
    };
    expect(
      await until(
        () => health('/ready'),
        ({ status }) => status === 503,
        DEADLINE,
      ),
    ).toEqual(busy);
    // It is blocked for as long as this test likes.
    const late = main('/ready');
    const lateHealth = Promise.race([main('/health'), health('/health').then(() => 'the health port')]);
    expect(await health('/health')).toEqual({ status: 200, body: { status: 'alive' } });
    expect(await lateHealth).toBe('the health port');

    writeFileSync(release, '');
    expect(await late).toEqual(busy);
    expect((await main('/health')).status).toBe(200);
    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    await until(
      () => main('/ready'),
      ({ status }) => status === 200,
      DEADLINE,
    );
    await until(
      () => health('/ready'),
      ({ status }) => status === 200,
      DEADLINE,
    );
  },
);

test('a health port that is taken is one line and exit 1', TIMEOUT, async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo;

  const { code, stderr } = await runToExit([
    '--port',
    '0',
    '--database',
    ':memory:',
    '--health-port',
    String(port),
  ]);

  expect({ code, stderr }).toEqual({
    code: 1,
    stderr: `interject: 127.0.0.1:${port} is in use; choose another port with --health-port or INTERJECT_HEALTH_PORT\n`,
  });
  other.close();
});
