import { expect, test } from 'vitest';
import { type InterjectClient, type Run, unwrap } from '../../src/client/public.ts';
import { until } from '../support/until.ts';
import { CrashScene } from './crash-scene.ts';
import { ProcessPair } from './process-pair.ts';

const TIMEOUT = { timeout: 120_000 };
/** Two lost attempts are too many, and it is soon seen who is lost. */
const FLAGS = ['--max-attempts', '2', '--lease-seconds', '2'];
const INNOCENTS = 2;

async function start(client: InterjectClient, assistantId: string, text: string): Promise<Run> {
  const thread = unwrap(await client.createThread());
  const input = { messages: [{ type: 'human', content: text }] };
  return unwrap(await client.createRun({ threadId: thread.id, assistantId, input }));
}

/** Runs that are at work, and held there. */
async function innocentRuns(client: InterjectClient): Promise<Run[]> {
  const runs: Run[] = [];
  for (let index = 0; index < INNOCENTS; index += 1) runs.push(await start(client, 'echo', 'one two'));
  await until(
    () => Promise.all(runs.map(({ id }) => client.run(id))),
    (now) => now.every((run) => run?.status === 'RUNNING'),
  );
  return runs;
}

const ended = async (client: InterjectClient, { threadId, id }: Run): Promise<Run> =>
  unwrap(await client.joinRun(threadId, id)).run;

/**
 * Starts a server anew each time that the one before has exited, until it is disposed. `restart` resolves
 * when the new one has exited.
 */
function keptAlive(exited: Promise<unknown>, restart: (times: number) => Promise<unknown>) {
  let isOver = false;
  const keep = async (): Promise<void> => {
    await exited;
    for (let times = 1; !isOver; times += 1) await restart(times);
  };
  const keeping = keep();
  keeping.catch(() => {});
  return {
    /** Rejects when one could not be started. */
    failed: keeping.then(() => new Promise<never>(() => {})),
    [Symbol.dispose]: () => {
      isOver = true;
    },
  };
}

test('a run that ends its process is given up, and no run beside it, on SQLite', TIMEOUT, async () => {
  await using scene = await CrashScene.open(['echo:1'], FLAGS);
  const { client } = scene;
  const innocents = await innocentRuns(client);
  let starts = 1;
  using server = keptAlive(scene.server.exited, async (times) => {
    // They are at work once more when it dies the second time: beside each other.
    await scene.restart(times === 1 ? ['echo:1'] : [], FLAGS);
    starts += 1;
    await scene.server.exited;
  });

  const killer = await start(client, 'deadly', 'exit');

  expect(await Promise.race([ended(client, killer), server.failed])).toMatchObject({
    status: 'ERROR',
    endReason: 'WORKER_LOST',
  });
  for (const run of innocents) expect(await ended(client, run)).toMatchObject({ status: 'SUCCESS' });
  // Twice beside them, twice alone.
  expect(starts).toBe(5);
  expect(scene.row(killer)).toMatchObject({ failures: 2 });
  for (const run of innocents) expect(scene.row(run)).toMatchObject({ failures: 0, suspicion: 0 });
});

test(
  'a run that ends its processes is given up, and no run beside it, with two of them on PostgreSQL',
  TIMEOUT,
  async () => {
    await using pair = await ProcessPair.open();
    const { client } = pair;
    const first = await pair.start(['echo:1'], FLAGS);
    const second = await pair.start(['echo:1'], FLAGS);
    const innocents = await innocentRuns(client);
    const again = async (times: number) =>
      await (await pair.start(times === 1 ? ['echo:1'] : [], FLAGS)).exited;
    using one = keptAlive(first.exited, again);
    using other = keptAlive(second.exited, again);

    const killer = await start(client, 'deadly', 'kill');
    const end = await Promise.race([ended(client, killer), one.failed, other.failed]);

    expect(end).toMatchObject({ status: 'ERROR', endReason: 'WORKER_LOST' });
    for (const server of pair.servers) server.openGates();
    for (const run of innocents) expect(await ended(client, run)).toMatchObject({ status: 'SUCCESS' });
  },
);
