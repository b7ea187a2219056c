import type { Checkpoint, ThreadState } from '@langchain/langgraph-sdk';
import { afterEach, expect, test } from 'vitest';
import { resetGates } from '../../support/gates.ts';
import { startRestServer } from '../support.ts';

afterEach(resetGates);

const input = { messages: [{ role: 'user', content: 'hi' }] };
type Task = { readonly name: string; readonly path: readonly unknown[]; readonly id: string };
type Values = { readonly messages: readonly { readonly content: string }[] };
type CheckpointEvent = {
  readonly tasks: readonly Task[];
  readonly checkpoint: Checkpoint;
  readonly config: { configurable: unknown };
};

const pathsOf = ({ tasks }: { readonly tasks: unknown }) =>
  (tasks as readonly Task[]).map(({ path }) => path);
const SENT = [
  ['__pregel_push', 0, false],
  ['__pregel_push', 1, false],
];
const PULLED = [['__pregel_pull', 'model_request']];

test('tasks made by Send say so by their path, in history and in the streams checkpoints and debug', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();

  const told: { event: string; data: unknown }[] = [];
  for await (const { event, data } of client.runs.stream(thread_id, 'subagents', {
    input,
    streamMode: ['checkpoints', 'debug'],
  }))
    told.push({ event, data });
  const history = await client.threads.getHistory(thread_id, { limit: 100 });
  const [ended] = history;
  const asked = history.find(({ next }) => next[0] === 'tools')!;

  const streamed = told
    .filter(({ event }) => event === 'checkpoints')
    .map(({ data }) => pathsOf(data as CheckpointEvent));
  const debugged = told
    .map(({ event, data }) => ({ event, data: data as { type: string; payload: CheckpointEvent } }))
    .filter(({ event, data }) => event === 'debug' && data.type === 'checkpoint')
    .map(({ data }) => pathsOf(data.payload));
  expect(pathsOf(ended!)).toEqual([]);
  expect(pathsOf(asked)).toEqual(SENT);
  expect(streamed).toEqual([[['__pregel_pull', '__start__']], PULLED, SENT, PULLED, []]);
  expect(debugged).toEqual(streamed);
  expect(history.map(pathsOf)).toEqual(streamed.toReversed());
});

test("a subgraph's tasks have their paths, and its checkpoints the map that leads to them, in state, history and stream", async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  const streamed: CheckpointEvent[] = [];
  for await (const { event, data } of client.runs.stream(thread_id, 'deep-approval', {
    input,
    streamMode: 'checkpoints',
    streamSubgraphs: true,
  }))
    if (event.startsWith('checkpoints|')) streamed.push(data as unknown as CheckpointEvent);

  const root = await client.threads.getState<Values>(thread_id, undefined, { subgraphs: true });
  const middle = root.tasks[0]!.state!;
  const inmost = middle.tasks[0]!.state!;
  const history = await client.threads.getHistory(thread_id, { checkpoint: namespaceOf(inmost), limit: 100 });

  const rootId = root.checkpoint.checkpoint_id;
  const middleEntry = [middle.checkpoint.checkpoint_ns, middle.checkpoint.checkpoint_id] as const;
  const mapOf = (state: ThreadState<unknown>) => ({
    '': rootId,
    ...Object.fromEntries([middleEntry]),
    [state.checkpoint.checkpoint_ns]: state.checkpoint.checkpoint_id,
  });
  expect(root.checkpoint.checkpoint_map).toBeNull();
  expect(middle.checkpoint.checkpoint_map).toEqual({ '': rootId, ...Object.fromEntries([middleEntry]) });
  expect(inmost.checkpoint.checkpoint_map).toEqual(mapOf(inmost));
  expect(inmost.parent_checkpoint?.checkpoint_map).toEqual(mapOf(history[1]!));
  expect(history.map(({ checkpoint }) => checkpoint.checkpoint_map)).toEqual(history.map(mapOf));
  const ofInmost = streamed.filter(
    ({ checkpoint }) => checkpoint.checkpoint_ns === inmost.checkpoint.checkpoint_ns,
  );
  expect(ofInmost.map(({ checkpoint }) => checkpoint)).toEqual(
    history.map(({ checkpoint }) => checkpoint).toReversed(),
  );
  expect(ofInmost.map(({ config }) => config.configurable)).toEqual(
    ofInmost.map(({ checkpoint }) => checkpoint),
  );
  expect(pathsOf(inmost)).toEqual([['__pregel_pull', 'ask']]);
  expect(pathsOf(ofInmost.at(-1)!)).toEqual([['__pregel_pull', 'ask']]);
});

test('a checkpoint of a subgraph is usable as it was given out: to read, to search from, to write to', async () => {
  await using server = await startRestServer();
  const { client } = server;
  const { thread_id } = await client.threads.create();
  await client.runs.wait(thread_id, 'deep-approval', { input });
  const root = await client.threads.getState<Values>(thread_id, undefined, { subgraphs: true });
  const inmost = root.tasks[0]!.state!.tasks[0]!.state! as ThreadState<Values>;

  const read = await client.threads.getState<Values>(thread_id, inmost.checkpoint);
  const found = await client.threads.getHistory<Values>(thread_id, { checkpoint: inmost.checkpoint });
  const written = (await client.threads.updateState(thread_id, {
    values: { messages: [{ role: 'assistant', content: 'corrected' }] },
    checkpoint: inmost.checkpoint,
  })) as unknown as { readonly checkpoint: Checkpoint };
  const after = await client.threads.getState<Values>(thread_id, written.checkpoint);

  expect(read).toMatchObject({ checkpoint: inmost.checkpoint, values: inmost.values });
  expect(found.map(({ checkpoint }) => checkpoint)).toEqual([inmost.checkpoint]);
  expect(after.values.messages.at(-1)).toMatchObject({ content: 'corrected' });
  expect(after.parent_checkpoint?.checkpoint_id).toBe(inmost.checkpoint.checkpoint_id);
});

/** The newest checkpoint of the same graph. */
const namespaceOf = ({ checkpoint: { checkpoint_ns } }: ThreadState<unknown>): Checkpoint =>
  ({ checkpoint_ns }) as Checkpoint;
