import {
  Annotation,
  entrypoint,
  MessagesAnnotation,
  MessagesValue,
  Send,
  START,
  StateGraph,
  StateSchema,
  task,
} from '@langchain/langgraph';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import type { Json } from '../../src/domain/json.ts';
import { LangGraphHost } from '../../src/graphs/graph-host.ts';
import { LoadedGraphs } from '../../src/graphs/loading/loaded-graphs.ts';
import { GraphLoadError } from '../../src/graphs/loading/loader.ts';
import type { ReadState, UpdateState } from '../../src/orchestrator/ports/graph-host.ts';
import { gate, resetGates } from '../support/gates.ts';
import { graph as approval } from '../support/graphs/approval.ts';
import { graph as breakpoints } from '../support/graphs/breakpoints.ts';
import { graph as nested } from '../support/graphs/nested.ts';
import { graph as noMessages } from '../support/graphs/no-messages.ts';
import { graph as subgraph } from '../support/graphs/subgraph.ts';
import { graph as twoStreams } from '../support/graphs/two-streams.ts';
import { graph as twoTools } from '../support/graphs/two-tools.ts';
import { graph as zodState } from '../support/graphs/zod-state.ts';
import { MemoryCheckpoints } from '../support/savers.ts';
import { callOf, input, only, run, source } from './support.ts';

afterEach(resetGates);

const host = (graph: unknown) => new LangGraphHost(source(graph));
const at = (checkpoints: MemoryCheckpoints, fields: Partial<ReadState> = {}): ReadState => ({
  graphId: 'agent',
  call: callOf(),
  saver: checkpoints.reader(),
  checkpointId: null,
  ...fields,
});
const update = (checkpoints: MemoryCheckpoints, fields: Partial<UpdateState>): UpdateState => {
  const call = callOf({ runId: null });
  return {
    graphId: 'agent',
    call,
    buffer: checkpoints.buffer(call.threadId),
    checkpointId: null,
    values: null,
    asNode: null,
    ...fields,
  };
};

test('the head is read with its values, messages, tasks and metadata', async () => {
  const checkpoints = new MemoryCheckpoints();
  const call = callOf({ metadata: { topic: 'x' } });
  await run(approval, checkpoints, { start: input('hi', 'h1'), call });

  const state = await host(approval).readState(at(checkpoints));

  expect(state).toMatchObject({
    values: {
      messages: [
        { type: 'human', id: 'h1', content: 'hi' },
        { type: 'ai', tool_calls: [{ name: 'send_email' }] },
      ],
    },
    messages: [{ type: 'human', id: 'h1' }, { type: 'ai' }],
    next: ['tools'],
    tasks: [
      {
        name: 'tools',
        path: ['__pregel_pull', 'tools'],
        error: null,
        checkpoint: null,
        state: null,
        interrupts: [{ value: { question: 'Send it?' } }],
      },
    ],
    interrupts: [{ value: { question: 'Send it?' } }],
    checkpoint: { threadId: 'thread-1', checkpointNs: '', checkpointMap: null },
    parentCheckpoint: { threadId: 'thread-1', checkpointNs: '', checkpointMap: null },
    metadata: { source: 'loop', step: 1, topic: 'x', run_id: call.runId, run_attempt: 1 },
  });
  expect(state?.createdAt.getTime()).toBeGreaterThan(0);
});

test('a checkpoint that is not there gives null', async () => {
  const checkpoints = new MemoryCheckpoints();

  expect(await host(approval).readState(at(checkpoints))).toBeNull();
  await run(approval, checkpoints, { start: input('hi') });
  expect(
    await host(approval).readState(at(checkpoints, { checkpointId: '1f000000-0000-6000-8000-000000000000' })),
  ).toBeNull();
  expect(
    await host(approval).readMessages(
      at(checkpoints, { checkpointId: '1f000000-0000-6000-8000-000000000000' }),
    ),
  ).toEqual([]);
});

test('an earlier checkpoint is read as it was', async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(breakpoints, checkpoints, { start: input('hi') });
  const [, afterInput] = only(events, 'CHECKPOINT');

  const state = await host(breakpoints).readState(
    at(checkpoints, { checkpointId: afterInput?.checkpointId ?? '' }),
  );

  expect(state).toMatchObject({ next: ['a'], values: { visited: [] }, messages: [{ content: 'hi' }] });
});

test('the state of a subgraph is read in its place when it is asked for, else named', async () => {
  const checkpoints = new MemoryCheckpoints();
  const abort = new AbortController();
  const held = gate('subgraph:speak:1');
  const running = run(subgraph, checkpoints, { start: input('hi'), signal: abort.signal });
  await held.reached;
  abort.abort();
  await running;

  const named = await host(subgraph).readState(at(checkpoints));
  const inside = await host(subgraph).readState(at(checkpoints, { subgraphs: true }));

  const [task] = named?.tasks ?? [];
  expect(task).toMatchObject({
    name: 'inner',
    state: null,
    checkpoint: { checkpointNs: expect.stringMatching(/^inner:/), checkpointId: '' },
  });
  expect(inside?.tasks[0]).toMatchObject({
    checkpoint: null,
    state: { next: ['speak'], values: { note: 'only inside' } },
  });
  const byNamespace = await host(subgraph).readState(
    at(checkpoints, { ns: task?.checkpoint?.checkpointNs ?? '' }),
  );
  expect(byNamespace).toMatchObject({
    next: ['speak'],
    values: { note: 'only inside' },
    messages: [{ content: 'hi' }, { content: 'prepared' }],
  });
});

test('a checkpoint of a nested namespace is read by its id', async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(nested, checkpoints, { start: input('hi') });
  const deepest = only(events, 'VALUES').find(({ ns }) => ns.includes('|'));

  const state = await host(nested).readState(
    at(checkpoints, { ns: deepest?.ns ?? '', checkpointId: deepest?.checkpointId ?? '' }),
  );

  expect(state).toMatchObject({
    checkpoint: { checkpointNs: deepest?.ns },
    next: ['prepare'],
    messages: [{ content: 'hi' }, { content: 'middle prepared' }],
  });
});

test('a graph that a node calls in its code is read by its stored channels', async () => {
  const inner = new StateGraph(Annotation.Root({ note: Annotation<string> }))
    .addNode('write', () => ({ note: 'inside' }))
    .addEdge(START, 'write')
    .compile();
  const outer = new StateGraph(MessagesAnnotation)
    .addNode('call', async () => {
      await inner.invoke({ note: 'before' });
      return {};
    })
    .addEdge(START, 'call')
    .compile();
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(outer, checkpoints, { start: input('hi') });
  const last = only(events, 'VALUES').findLast(({ ns }) => ns !== '');

  const state = await host(outer).readState(
    at(checkpoints, { ns: last?.ns ?? '', checkpointId: last?.checkpointId ?? '' }),
  );

  expect(state).toMatchObject({ values: { note: 'inside' }, next: [], tasks: [] });
  expect(state?.checkpoint.checkpointMap).toEqual({
    '': expect.any(String),
    [last?.ns ?? '']: last?.checkpointId,
  });
});

test('messages are read alone; a graph without a messages channel has none', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });
  const plain = new MemoryCheckpoints();
  await run(noMessages, plain, { start: { kind: 'input', input: { counter: 1 } } });

  expect((await host(breakpoints).readMessages(at(checkpoints))).map(({ content }) => content)).toEqual([
    'hi',
    'a',
    'b',
    'c',
  ]);
  expect(await host(noMessages).readMessages(at(plain))).toEqual([]);
});

test("a task's input is the channels that its node read", async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(breakpoints, checkpoints, { start: input('hi') });
  const task = only(events, 'TASK').find((event) => event.task['name'] === 'b');

  const read = await host(breakpoints).readTaskInput(
    at(checkpoints, { ns: task?.ns ?? '', checkpointId: task?.checkpointId ?? null }),
    task?.task ?? {},
  );

  expect(read).toMatchObject({ visited: ['a'], messages: [{ content: 'hi' }, { content: 'a' }] });
});

test('the input of a task that a Send made is what the Send carried', async () => {
  const State = Annotation.Root({
    seen: Annotation<unknown[]>({ reducer: (left, right) => left.concat(right), default: () => [] }),
  });
  const graph = new StateGraph(State)
    .addNode('plan', () => ({}))
    .addNode('work', ({ item }: typeof State.State & { item: number }) => ({ seen: [item] }))
    .addEdge(START, 'plan')
    .addConditionalEdges('plan', () => [7, 8].map((item) => new Send('work', { item })), ['work'])
    .compile();
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(graph, checkpoints, { start: { kind: 'input', input: { seen: [] } } });
  const tasks = only(events, 'TASK').filter(({ task }) => task['name'] === 'work' && !('result' in task));

  const inputs = await Promise.all(
    tasks.map(({ ns, checkpointId, task }) =>
      host(graph).readTaskInput(at(checkpoints, { ns, checkpointId }), task),
    ),
  );

  expect(inputs).toEqual([{ item: 7 }, { item: 8 }]);
});

test("a tool's task has the tool call as its input", async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(twoTools, checkpoints, { start: input('hi') });
  const tool = only(events, 'TASK').find(({ task }) => task['name'] === 'tools' && !('result' in task));

  const read = await host(twoTools).readTaskInput(
    at(checkpoints, { ns: '', checkpointId: tool?.checkpointId ?? null }),
    tool?.task ?? {},
  );

  expect(JSON.stringify(read)).toContain('first-1');
});

test("the entrypoint of a functional graph has the run's input as its own, the calls inside of it have none", async () => {
  const double = task('double', async (n: number) => n * 2);
  const flow = entrypoint('flow', async (n: number) => double(n));
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(flow, checkpoints, { start: { kind: 'input', input: 3 } });
  const begun = only(events, 'TASK').filter((event) => !('result' in event.task));

  const inputs = await Promise.all(
    begun.map((event) => host(flow).readTaskInput(at(checkpoints, event), event.task)),
  );

  expect(begun.map((event) => event.task['name'])).toEqual(['flow', 'double']);
  expect(inputs).toEqual([3, null]);
});

test("a task's input that no checkpoint describes is null", async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });

  expect(
    await host(breakpoints).readTaskInput(at(checkpoints), { id: 'x', name: 'a', triggers: [] }),
  ).toBeNull();
  expect(
    await host(breakpoints).readTaskInput(
      at(checkpoints, { checkpointId: '1f000000-0000-6000-8000-000000000000' }),
      { name: 'a' },
    ),
  ).toBeNull();
});

test('an update is written as a node had, and says which checkpoint it made', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });

  const updated = await host(breakpoints).updateState(
    update(checkpoints, { values: { visited: ['by hand'] }, asNode: 'a' }),
  );

  const state = await host(breakpoints).readState(at(checkpoints));
  expect(updated).toEqual({ checkpointId: state?.checkpoint.checkpointId });
  expect(state).toMatchObject({
    next: ['b'],
    values: { visited: ['a', 'b', 'c', 'by hand'] },
    metadata: { source: 'update' },
  });
});

test('an update of an earlier checkpoint forks it', async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(breakpoints, checkpoints, { start: input('hi') });
  const [, , afterA] = only(events, 'CHECKPOINT');
  const checkpointId = afterA?.checkpointId ?? '';

  const updated = await host(breakpoints).updateState(
    update(checkpoints, { checkpointId, values: { visited: ['forked'] }, asNode: 'b' }),
  );

  const made = 'checkpointId' in updated ? updated.checkpointId : '';
  const state = await host(breakpoints).readState(at(checkpoints, { checkpointId: made }));
  expect(state).toMatchObject({
    values: { visited: ['a', 'forked'] },
    next: ['c'],
    parentCheckpoint: { checkpointId },
  });
});

test('an update without a node goes to the one that wrote last', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi'), interruptBefore: ['b'] });

  await host(breakpoints).updateState(update(checkpoints, { values: { visited: ['edited'] } }));

  expect(await host(breakpoints).readState(at(checkpoints))).toMatchObject({
    next: ['b'],
    values: { visited: ['a', 'edited'] },
  });
});

test.each([
  [
    'an unknown node',
    { values: { visited: ['x'] }, asNode: 'nope' },
    { path: ['asNode'], message: 'Node "nope" does not exist' },
  ],
  [
    'messages that are none',
    { values: { messages: [{ no: 'message' }] }, asNode: 'a' },
    { path: ['values', 'messages', '0', 'role'] },
  ],
  ['values that are no update', { values: 'text', asNode: 'a' }, { path: ['values'] }],
])('an update with %s is an issue, not a failure', async (_what, fields: Partial<UpdateState>, issue) => {
  const checkpoints = new MemoryCheckpoints();
  await run(breakpoints, checkpoints, { start: input('hi') });
  const before = checkpoints.puts.length;

  expect(await host(breakpoints).updateState(update(checkpoints, fields))).toMatchObject({ issues: [issue] });
  expect(checkpoints.puts).toHaveLength(before);
});

test('an update that could be of several nodes is an issue', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(twoStreams, checkpoints, { start: input('hi') });

  expect(await host(twoStreams).updateState(update(checkpoints, { values: { messages: [] } }))).toEqual({
    issues: [{ path: ['asNode'], message: expect.stringContaining('Ambiguous update') }],
  });
});

test('a factory that refuses the config has nothing to say against the input', async () => {
  const reference = { graphId: 'agent', file: '/a.ts', exportName: 'make', description: null };
  const build = () => Promise.reject(new GraphLoadError(reference, 'no tenant'));
  const refusing = new LangGraphHost(new LoadedGraphs([{ kind: 'factory', reference, build }]));

  expect(await refusing.checkInput('agent', callOf(), {})).toEqual([]);
});

test("a graph's nodes are named without LangGraph's own", async () => {
  expect(await host(breakpoints).nodes('agent', callOf())).toEqual(['a', 'b', 'c']);
});

const schema = new StateSchema({ messages: MessagesValue, topic: z.string().min(2) });
const schemaGraph = new StateGraph(schema)
  .addNode('one', () => ({}))
  .addEdge(START, 'one')
  .compile();
const inputGraph = new StateGraph(MessagesAnnotation, { input: z.object({ question: z.string() }) })
  .addNode('one', () => ({}))
  .addEdge(START, 'one')
  .compile();

test.each<[string, unknown, Json, unknown]>([
  ['a zod state, refused', zodState, { topic: '', count: -1 }, [{ path: ['topic'] }, { path: ['count'] }]],
  ['a zod state, accepted', zodState, { topic: 'x' }, []],
  ['a zod state, no object', zodState, 'text', [{ path: [] }]],
  ['a state schema, refused', schemaGraph, { topic: 'x' }, [{ path: ['topic'] }]],
  ['a state schema, accepted', schemaGraph, { topic: 'xy', messages: [{ role: 'user', content: 'hi' }] }, []],
  ['an input schema, refused', inputGraph, { question: 1 }, [{ path: ['question'] }]],
  ['annotations, which check nothing', breakpoints, { visited: 1 }, []],
])("input is checked against the graph's runtime schema: %s", async (_what, graph, value, issues) => {
  const found = await host(graph).checkInput('agent', callOf(), value);

  expect(found).toMatchObject(issues as object);
  expect(found).toHaveLength((issues as unknown[]).length);
  expect(found.every(({ message }) => message.length > 0)).toBe(true);
});
