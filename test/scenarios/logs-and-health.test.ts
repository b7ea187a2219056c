import { pino } from 'pino';
import { afterEach, describe, expect, test } from 'vitest';
import { human, TestThread } from '../support/conversing.ts';
import { overSse, overWebSocket } from '../support/followed.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

type Line = Readonly<Record<string, unknown>> & { readonly msg: string };

/** A logger as the server's own, and what it has written. */
function recordingLogger() {
  const lines: Line[] = [];
  const logger = pino({ base: null }, { write: (text: string) => lines.push(JSON.parse(text) as Line) });
  return { logger, lines, of: (runId: string) => lines.filter((line) => line['runId'] === runId) };
}

const origin = (url: string) => new URL(url).origin;
const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as unknown };
};

describe('the log', () => {
  test('has one line for the start of a run and one for its end', async () => {
    const log = recordingLogger();
    await using service = await startTestService({ logger: log.logger });
    const thread = await TestThread.create(service);

    const { run } = await thread.run('trivial', { input: human('hi'), multitaskStrategy: 'INTERRUPT' });

    const ids = { threadId: thread.id, runId: run.id, attempt: 1 };
    expect(log.of(run.id)).toMatchObject([
      {
        level: 30,
        ...ids,
        graph: 'trivial',
        strategy: 'INTERRUPT',
        msg: 'Run started',
        time: expect.any(Number),
      },
      {
        level: 30,
        ...ids,
        status: 'SUCCESS',
        endReason: 'COMPLETED',
        runMs: expect.any(Number),
        totalMs: expect.any(Number),
        msg: 'Run ended',
      },
    ]);
    expect(log.of(run.id)[1]?.['totalMs']).toBeGreaterThanOrEqual(log.of(run.id)[1]?.['runMs'] as number);
  });

  test('warns of a run that failed, with what its graph threw', async () => {
    const log = recordingLogger();
    await using service = await startTestService({ logger: log.logger });
    const thread = await TestThread.create(service);

    const { run } = await thread.run('failing', { input: human('hi') });

    expect(log.of(run.id).at(-1)).toMatchObject({
      level: 40,
      status: 'ERROR',
      endReason: 'FAILED',
      error: { name: 'CustomError', message: 'Boo!' },
    });
  });

  test('tells of the end of a run that was interrupted', async () => {
    const log = recordingLogger();
    await using service = await startTestService({ logger: log.logger });
    const thread = await TestThread.create(service);
    const held = gate('echo:1');
    const run = await thread.start('echo', { input: human('one two') });
    await held.reached;
    await thread.client.cancelRun(thread.id, run.id);
    await thread.join(run);

    expect(log.of(run.id).map(({ msg, status }) => [msg, status])).toEqual([
      ['Run started', undefined],
      ['Run ended', 'INTERRUPTED'],
    ]);
  });
});

describe('health', () => {
  test('is alive and ready while the service runs', async () => {
    await using service = await startTestService();

    expect(await get(`${origin(service.url)}/health`)).toEqual({ status: 200, body: { status: 'alive' } });
    expect(await get(`${origin(service.url)}/ready`)).toEqual({ status: 200, body: { status: 'ready' } });
    expect((await get(`${origin(service.url)}/nothing`)).status).toBe(404);
  });

  test('is alive but not ready while it drains, and a run that ends in time ends well', async () => {
    const log = recordingLogger();
    const service = await startTestService({ logger: log.logger });
    const thread = await TestThread.create(service);
    const held = gate('echo:1');
    const run = await thread.start('echo', { input: human('one two') });
    await held.reached;

    const stopping = service.stop('A new version', 10_000);
    await until(
      () => get(`${origin(service.url)}/ready`),
      ({ status }) => status === 503,
    );
    const [ready, health] = await Promise.all([
      get(`${origin(service.url)}/ready`),
      get(`${origin(service.url)}/health`),
    ]);
    const joining = thread.join(run);
    held.open();

    expect(ready).toEqual({ status: 503, body: { status: 'unavailable', reason: 'the server is draining' } });
    expect(health.status).toBe(200);
    await stopping;
    expect(log.of(run.id).at(-1)).toMatchObject({ msg: 'Run ended', status: 'SUCCESS' });
    await joining.catch(() => undefined); // answered, or told to come back: the server was closing
  });

  test('subscriptions are broken off so that their clients come back, none is told that it is complete', async () => {
    const service = await startTestService();
    const thread = await TestThread.create(service);
    const followers = [overWebSocket, overSse].map((follow) =>
      follow(service.url, 'messages', { threadId: thread.id, fromStart: true }),
    );
    await Promise.all(followers.map((follower) => follower.seen(() => true)));

    await service.stop('A new version');

    for (const follower of followers) expect((await follower.end).how).not.toBe('complete');
  });
});
