import { afterEach, describe, expect, test } from 'vitest';
import { newThreadId, type Owner, type ThreadId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import type { Service } from '../../src/service.ts';
import { human } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';

afterEach(resetGates);

const [flood, ann] = ['flood', 'ann'] as [Owner, Owner];

async function threadOf({ orchestrator }: Service, owner: Owner): Promise<ThreadId> {
  const created = await orchestrator.createThread({ owner, id: newThreadId(), ifExists: 'RAISE' });
  if (created.kind !== 'ok') throw new Error(`No thread: ${created.kind}`);
  return created.value.id;
}

async function queue(
  { orchestrator }: Service,
  owner: Owner,
  threadId: ThreadId,
  assistantId = 'trivial',
): Promise<Run> {
  const outcome = await orchestrator.createRun({
    owner,
    threadId,
    assistantId,
    input: human('one'),
    strategy: 'ENQUEUE',
    keepPartialOutput: true,
    keepPendingInput: true,
    recordEvents: false,
  });
  if (outcome.kind !== 'ok') throw new Error(`Refused: ${outcome.kind}`);
  return outcome.value;
}

/** The place of each run in the order in which they started; resolves when all have ended. */
async function startOrder({ orchestrator }: Service, runs: readonly Run[]): Promise<readonly string[]> {
  const ended: Run[] = [];
  for (const { owner, threadId, id } of runs) {
    const joined = await orchestrator.joinRun({ owner, threadId, runId: id });
    if (joined.kind === 'joined') ended.push(joined.run);
  }
  return ended.toSorted((a, b) => a.startedAt!.getTime() - b.startedAt!.getTime()).map(({ id }) => id);
}

describe('with one place for runs', () => {
  test("a run of one owner doesn't wait for the flood of another, over however many threads", async () => {
    await using service = await startTestService({ config: { concurrency: 1 } });
    const held = gate('echo:0', { holds: 1 });
    const runs = [await queue(service, flood, await threadOf(service, flood), 'echo')];
    await held.reached;
    for (let made = 0; made < 8; made++)
      runs.push(await queue(service, flood, await threadOf(service, flood)));
    const late = await queue(service, ann, await threadOf(service, ann));

    held.open();
    const order = await startOrder(service, [...runs, late]);

    expect(order.indexOf(late.id)).toBeLessThanOrEqual(2);
  });

  test("a run of one thread doesn't wait for all that queue in another", async () => {
    await using service = await startTestService({ config: { concurrency: 1 } });
    const held = gate('echo:0', { holds: 1 });
    const flooded = await threadOf(service, ann);
    const runs = [await queue(service, ann, flooded, 'echo')];
    await held.reached;
    for (let made = 0; made < 8; made++) runs.push(await queue(service, ann, flooded));
    const late = await queue(service, ann, await threadOf(service, ann));

    held.open();
    const order = await startOrder(service, [...runs, late]);

    expect(order.indexOf(late.id)).toBeLessThanOrEqual(2);
    expect(order.filter((id) => id !== late.id)).toEqual(runs.map(({ id }) => id));
  });
});

test('no more runs are executed at once than there are places', async () => {
  await using service = await startTestService({ config: { concurrency: 3 } });
  const held = gate('echo:0', { holds: 3 });
  const runs: Run[] = [];
  for (let made = 0; made < 8; made++)
    runs.push(await queue(service, ann, await threadOf(service, ann), 'echo'));
  await held.reached;
  const { queries } = service.orchestrator;
  const statuses = async () =>
    (await Promise.all(runs.map(({ id }) => queries.run(ann, id)))).map((run) => run?.status);

  expect((await statuses()).filter((status) => status === 'RUNNING')).toHaveLength(3);
  held.open();
  await startOrder(service, runs);
  expect(new Set(await statuses())).toEqual(new Set(['SUCCESS']));
});
