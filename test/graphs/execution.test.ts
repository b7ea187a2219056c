import { setImmediate } from 'node:timers/promises';
import { AIMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { afterEach, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import type { ThreadId } from '../../src/domain/ids.ts';
import type { Claim } from '../../src/domain/run.ts';
import { DEFAULT_RUN_OPTIONS } from '../../src/domain/run-options.ts';
import { execute } from '../../src/graphs/execution/execution.ts';
import { LoadedGraphs } from '../../src/graphs/loading/loaded-graphs.ts';
import type { ClaimedSaver } from '../../src/orchestrator/ports/checkpoints.ts';
import { ClaimLostError } from '../../src/orchestrator/ports/store.ts';
import { Underway } from '../../src/orchestrator/ports/underway.ts';
import { gate, pass, resetGates } from '../support/gates.ts';
import { graph as customEvents } from '../support/graphs/custom-events.ts';
import { graph as echo } from '../support/graphs/echo.ts';
import { graph as failing } from '../support/graphs/failing.ts';
import { graph as nested } from '../support/graphs/nested.ts';
import { graph as twoStreams } from '../support/graphs/two-streams.ts';
import { graph as twoTools } from '../support/graphs/two-tools.ts';
import { claimOf, MemoryCheckpoints } from '../support/savers.ts';
import { callOf, input, only, run } from './support.ts';

afterEach(resetGates);

const state = Annotation.Root({
  seen: Annotation<unknown[]>({ reducer: (left, right) => left.concat(right), default: () => [] }),
});

test('a superstep tells its updates, then its values, then its checkpoint, then what comes next', async () => {
  const graph = new StateGraph(state)
    .addNode('one', () => ({ seen: ['one'] }))
    .addNode('two', () => ({ seen: ['two'] }));
  const compiled = graph.addEdge(START, 'one').addEdge('one', 'two').compile();

  const { events, end } = await run(compiled, new MemoryCheckpoints(), {
    start: { kind: 'input', input: { seen: ['input'] } },
  });

  expect(end).toEqual({ kind: 'finished', paused: false, interrupts: [], partials: [] });
  expect(events.map(({ kind }) => kind)).toEqual([
    ...['CHECKPOINT', 'VALUES', 'CHECKPOINT'],
    ...['TASK', 'UPDATES', 'TASK', 'VALUES', 'CHECKPOINT'],
    ...['TASK', 'UPDATES', 'TASK', 'VALUES', 'CHECKPOINT'],
  ]);
  expect(only(events, 'UPDATES').map(({ node, update }) => [node, update])).toEqual([
    ['one', { seen: ['one'] }],
    ['two', { seen: ['two'] }],
  ]);
});

test('a reference to a checkpoint is only told when the checkpoint is committed', async () => {
  const checkpoints = new MemoryCheckpoints();
  const committed = new Set<string>();
  const claim = claimOf('thread-1', 'run-1');
  const saver = checkpoints.claimed(claim);
  const early: string[] = [];

  await run(echo, checkpoints, {
    start: input('hi'),
    saver: {
      ...saver,
      committed: async (ns: string, id: string) => {
        await saver.committed(ns, id);
        committed.add(`${ns}/${id}`);
      },
    },
    emit: (bodies: readonly EventBody[]) => {
      for (const { ns, checkpointId } of only(bodies, 'VALUES', 'CHECKPOINT'))
        if (!committed.has(`${ns}/${checkpointId}`)) early.push(checkpointId);
      return undefined;
    },
  } as never);

  expect(committed.size).toBeGreaterThan(2);
  expect(early).toEqual([]);
});

test.each(['async', 'exit'])(
  'with durability %s only checkpoints that are stored are told',
  async (durability) => {
    const checkpoints = new MemoryCheckpoints();

    const { events } = await run(echo, checkpoints, { start: input('hi'), call: { config: { durability } } });

    const told = only(events, 'CHECKPOINT').map(({ ns, checkpointId }) => `${ns}/${checkpointId}`);
    expect(told.length).toBeGreaterThan(0);
    expect(checkpoints.puts).toEqual(expect.arrayContaining(told));
    if (durability === 'exit') expect(told).toHaveLength(1);
  },
);

test('tasks are told without their input, with the checkpoint they were prepared from', async () => {
  const { events } = await run(failing, new MemoryCheckpoints(), { start: input('hi') });

  const tasks = only(events, 'TASK');
  const checkpoints = only(events, 'CHECKPOINT').map(({ checkpointId }) => checkpointId);
  expect(tasks.map(({ task }) => [task['name'], 'result' in task, task['error'] ?? null])).toEqual([
    ['prepare', false, null],
    ['prepare', true, null],
    ['fail', false, null],
    ['fail', false, 'Boo!'],
  ]);
  expect(tasks[0]?.task).toEqual({
    id: expect.any(String),
    name: 'prepare',
    triggers: ['branch:to:prepare'],
    interrupts: [],
  });
  expect(tasks.map(({ checkpointId }) => checkpointId)).toEqual([
    checkpoints[1],
    checkpoints[1],
    checkpoints[2],
    checkpoints[2],
  ]);
});

test('what happens in a subgraph has its namespace', async () => {
  const { events } = await run(nested, new MemoryCheckpoints(), { start: input('hi') });

  const [deepest] = only(events, 'MESSAGE_DELTA');
  expect(deepest?.ns).toMatch(/^middle:[^|]+\|inmost:[^|]+$/);
  expect(deepest?.node).toBe('speak');
  const namespaces = new Set(only(events, 'CHECKPOINT').map(({ ns }) => ns.replaceAll(/:[^|]+/g, '')));
  expect([...namespaces]).toEqual(['', 'middle', 'middle|inmost']);
});

test("a node's custom data is told with the node's name while it runs alone", async () => {
  const { events } = await run(customEvents, new MemoryCheckpoints(), { start: input('hi') });

  expect(only(events, 'CUSTOM')).toEqual([
    { kind: 'CUSTOM', ns: '', node: 'work', data: { progress: 1, of: 2 } },
    { kind: 'CUSTOM', ns: '', node: 'work', data: { progress: 2, of: 2 } },
  ]);
});

test('a fan-out tells a task for each Send', async () => {
  const graph = new StateGraph(state)
    .addNode('plan', () => ({ seen: ['plan'] }))
    .addNode('work', ({ item }: { item: number } & typeof state.State) => ({ seen: [item] }))
    .addEdge(START, 'plan')
    .addConditionalEdges('plan', () => [1, 2, 3].map((item) => new Send('work', { item })), ['work'])
    .compile();

  const { events } = await run(graph, new MemoryCheckpoints(), {
    start: { kind: 'input', input: { seen: [] } },
  });

  const started = only(events, 'TASK').filter(({ task }) => task['name'] === 'work' && !('result' in task));
  expect(started).toHaveLength(3);
  expect(started.every(({ task }) => JSON.stringify(task['triggers']) === '["__pregel_push"]')).toBe(true);
  expect(only(events, 'UPDATES').map(({ update }) => update)).toContainEqual({ seen: [2] });
});

test('a Command that a node returns moves on to the node it names', async () => {
  const graph = new StateGraph(state)
    .addNode('choose', () => new Command({ update: { seen: ['chosen'] }, goto: 'right' }), {
      ends: ['right', 'wrong'],
    })
    .addNode('right', () => ({ seen: ['right'] }))
    .addNode('wrong', () => ({ seen: ['wrong'] }))
    .addEdge(START, 'choose')
    .compile();

  const { events } = await run(graph, new MemoryCheckpoints(), {
    start: { kind: 'input', input: { seen: [] } },
  });

  expect(only(events, 'UPDATES').map(({ node }) => node)).toEqual(['choose', 'right']);
});

test('what a graph throws is the failure, under its own name', async () => {
  const { end } = await run(failing, new MemoryCheckpoints(), { start: input('hi') });

  expect(end).toEqual({ kind: 'failed', error: { name: 'CustomError', message: 'Boo!' }, partials: [] });
});

test('an error without a name of its own goes by its class', async () => {
  class OutOfStock extends Error {}
  const graph = new StateGraph(state).addNode('sell', () => {
    throw new OutOfStock('no more');
  });

  const { end } = await run(graph.addEdge(START, 'sell').compile(), new MemoryCheckpoints(), {
    start: { kind: 'input', input: { seen: [] } },
  });

  expect(end).toMatchObject({ kind: 'failed', error: { name: 'OutOfStock', message: 'no more' } });
});

test('the recursion limit of the config ends a run', async () => {
  const { end } = await run(failing, new MemoryCheckpoints(), {
    start: input('hi'),
    call: { config: { recursion_limit: 1 } },
  });

  expect(end).toMatchObject({
    kind: 'failed',
    error: { name: 'GraphRecursionError', message: expect.stringContaining('Recursion limit of 1') },
  });
});

test("a graph's own recursion limit stands when the config has none", async () => {
  const { end } = await run(failing.withConfig({ recursionLimit: 1 }), new MemoryCheckpoints(), {
    start: input('hi'),
  });

  expect(end).toMatchObject({ kind: 'failed', error: { name: 'GraphRecursionError' } });
});

test('a graph gets the ids, the metadata and the context, and callers cannot forge the ids', async () => {
  let seen: Record<string, unknown> = {};
  const graph = new StateGraph(state)
    .addNode('look', (_state, config) => {
      const { thread_id, run_id, assistant_id, graph_id, tenant, __pregel_forged } =
        config.configurable ?? {};
      const { metadata, context, tags } = config as LangGraphRunnableConfig;
      const { topic, run_attempt } = metadata ?? {};
      seen = {
        thread_id,
        run_id,
        assistant_id,
        graph_id,
        tenant,
        __pregel_forged,
        topic,
        run_attempt,
        context,
        tags,
      };
      return {};
    })
    .addEdge(START, 'look')
    .compile();
  const config = {
    tags: ['a'],
    configurable: {
      tenant: 't',
      thread_id: 'other',
      run_id: 'other',
      checkpoint_id: 'other',
      __pregel_forged: 1,
    },
  };

  const { end } = await run(graph, new MemoryCheckpoints(), {
    start: { kind: 'input', input: { seen: [] } },
    attempt: 3,
    call: {
      threadId: 'thread-9' as ThreadId,
      runId: '0199e2b0-0000-7000-8000-000000000001',
      config,
      metadata: { topic: 'x' },
      context: { user: 'u' },
    },
  });

  expect(end.kind).toBe('finished');
  expect(seen).toMatchObject({
    thread_id: 'thread-9',
    run_id: '0199e2b0-0000-7000-8000-000000000001',
    assistant_id: 'assistant-1',
    graph_id: 'agent',
    tenant: 't',
    __pregel_forged: undefined,
    topic: 'x',
    run_attempt: 3,
    context: { user: 'u' },
    tags: expect.arrayContaining(['a']),
  });
});

test('what nodes return that is no JSON is told as JSON', async () => {
  const loop: Record<string, unknown> = {};
  loop['self'] = loop;
  const odd = {
    at: new Date(0),
    map: new Map([['a', 1n]]),
    bytes: new Uint8Array([1]),
    error: new Error('e'),
    call: () => 1,
    loop,
  };
  const graph = new StateGraph(Annotation.Root({ odd: Annotation<unknown> }))
    .addNode('make', () => ({ odd }))
    .addEdge(START, 'make')
    .compile();
  const checkpoints = new MemoryCheckpoints();
  checkpoints.serde.dumpsTyped = async (value) => [
    'json',
    new TextEncoder().encode(typeof value === 'string' ? JSON.stringify(value) : '{}'),
  ];

  const { events } = await run(graph, checkpoints, { start: { kind: 'input', input: { odd: 1 } } });

  expect(only(events, 'UPDATES')[0]?.update).toEqual({
    odd: {
      at: '1970-01-01T00:00:00.000Z',
      map: { a: '1' },
      bytes: 'AQ==',
      error: { name: 'Error', message: 'e' },
      loop: { self: '[Circular]' },
    },
  });
});

test('an abort mid-token ends the execution with what was said so far', async () => {
  const held = gate('two-streams:left:2');
  const alsoHeld = gate('two-streams:right:1');
  const abort = new AbortController();
  const told: EventBody[] = [];
  const both = Promise.withResolvers<void>();
  const running = run(twoStreams, new MemoryCheckpoints(), {
    start: input('hi'),
    signal: abort.signal,
    emit: (bodies) => {
      told.push(...bodies);
      if (only(told, 'MESSAGE_DELTA').length === 3) both.resolve();
      return undefined;
    },
  });
  await Promise.all([held.reached, alsoHeld.reached, both.promise]);

  abort.abort(new Error('stop'));
  const { end, events } = await running;

  expect(end.kind).toBe('aborted');
  const [first] = only(events, 'MESSAGE_STARTED').filter(({ message }) => message.type === 'ai');
  expect(end.partials.map(({ node, content }) => [node, content]).toSorted()).toEqual([
    ['left', 'Left has'],
    ['right', 'Right'],
  ]);
  expect(end.partials[0]?.messageId).toBe(first?.message.id);
  expect(only(events, 'MESSAGE_COMPLETED').filter(({ message }) => message.type === 'ai')).toEqual([]);
});

test('an aborted execution ends once what its tasks had completed is stored', async () => {
  const abort = new AbortController();
  const quick = Promise.withResolvers<void>();
  const stored = Promise.withResolvers<void>();
  const checkpoints = new (class extends MemoryCheckpoints {
    override async putWrites(...args: Parameters<MemoryCheckpoints['putWrites']>): Promise<void> {
      await super.putWrites(...args);
      if (JSON.stringify(args[1]).includes('quick')) quick.resolve();
    }
    override claimed(claim: Claim): ClaimedSaver {
      return { ...super.claimed(claim), flushed: () => stored.promise };
    }
  })();
  const graph = new StateGraph(state)
    .addNode('quick', () => ({ seen: ['quick'] }))
    .addNode('slow', async (_, { signal }: LangGraphRunnableConfig) => {
      await pass('execution:slow', signal);
      return { seen: ['slow'] };
    });
  gate('execution:slow');
  let end: string | null = null;
  const running = run(graph.addEdge(START, 'quick').addEdge(START, 'slow').compile(), checkpoints, {
    start: { kind: 'input', input: {} },
    signal: abort.signal,
  }).then((ran) => {
    end = ran.end.kind;
  });

  await quick.promise;
  abort.abort(new Error('stop'));
  for (let turn = 0; turn < 20; turn += 1) await setImmediate();
  expect(end).toBeNull();
  stored.resolve();
  await running;

  expect(end).toBe('aborted');
});

test('an abort after the graph has finished changes nothing', async () => {
  const abort = new AbortController();

  const { end } = await run(echo, new MemoryCheckpoints(), { start: input('hi'), signal: abort.signal });
  abort.abort();

  expect(end.kind).toBe('finished');
});

test('a refused event stops the graph and rejects with that very error', async () => {
  const lost = new ClaimLostError(claimOf('thread-1', 'run-1'));
  gate('two-streams:left:3'); // never opened: the run ends because it is stopped
  let refused = 0;

  const running = run(twoStreams, new MemoryCheckpoints(), {
    start: input('hi'),
    emit: (bodies) => {
      if (only(bodies, 'MESSAGE_DELTA').length === 0) return undefined;
      refused += 1;
      return Promise.reject(lost);
    },
  });

  await expect(running).rejects.toBe(lost);
  expect(refused).toBe(1);
});

test('a put that lost its claim rejects too', async () => {
  const lost = new ClaimLostError(claimOf('thread-1', 'run-1'));
  const checkpoints = new MemoryCheckpoints();
  checkpoints.put = () => Promise.reject(lost);

  await expect(run(echo, checkpoints, { start: input('hi') })).rejects.toBe(lost);
});

test('a graph that cannot be had is a failure of the run', async () => {
  const reference = { graphId: 'agent', file: '/agent.ts', exportName: 'make', description: null };
  const build = () => Promise.reject(new RangeError('no tenant'));

  const end = await execute(new LoadedGraphs([{ kind: 'factory', reference, build }]), {
    graphId: 'agent',
    call: callOf(),
    attempt: 1,
    start: input('hi'),
    baseCheckpointId: null,
    ...DEFAULT_RUN_OPTIONS,
    saver: new MemoryCheckpoints().claimed(claimOf('thread-1', 'run-1')),
    underway: new Underway(),
    signal: new AbortController().signal,
    emit: () => undefined,
  });

  expect(end).toEqual({ kind: 'failed', error: { name: 'RangeError', message: 'no tenant' }, partials: [] });
});

test('events of the callbacks are told when they are asked for, beside everything else', async () => {
  const without = await run(twoTools, new MemoryCheckpoints(), { start: input('hi') });
  const { events, end } = await run(twoTools, new MemoryCheckpoints(), {
    start: input('hi'),
    recordEvents: true,
  });

  expect(end.kind).toBe('finished');
  expect(only(without.events, 'EVENTS')).toEqual([]);
  const names = new Set(only(events, 'EVENTS').map(({ data }) => (data as { event: string }).event));
  expect([...names]).toEqual(
    expect.arrayContaining([
      'on_chain_start',
      'on_chain_end',
      'on_chat_model_start',
      'on_chat_model_stream',
      'on_chat_model_end',
    ]),
  );
  const kinds = (all: readonly EventBody[]) =>
    all.map(({ kind }) => kind).filter((kind) => kind !== 'EVENTS');
  expect(kinds(events).toSorted()).toEqual(kinds(without.events).toSorted());
});

test('an execution that records callback events can be aborted', async () => {
  const held = gate('two-streams:left:2');
  const abort = new AbortController();
  const running = run(twoStreams, new MemoryCheckpoints(), {
    start: input('hi'),
    recordEvents: true,
    signal: abort.signal,
  });
  await held.reached;

  abort.abort(new Error('stop'));

  expect((await running).end.kind).toBe('aborted');
});

test('a run without messages in its graph tells no conversation', async () => {
  const graph = new StateGraph(state)
    .addNode('one', () => ({ seen: ['one'] }))
    .addEdge(START, 'one')
    .compile();

  const { events } = await run(graph, new MemoryCheckpoints(), {
    start: { kind: 'input', input: { seen: [] } },
  });

  expect(only(events, 'MESSAGE_STARTED', 'MESSAGES_RESET')).toEqual([]);
});

test('a graph of messages alone tells its conversation', async () => {
  const graph = new StateGraph(MessagesAnnotation)
    .addNode('answer', () => ({ messages: new AIMessage('yes') }))
    .addEdge(START, 'answer')
    .compile();

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(only(events, 'MESSAGE_COMPLETED').map(({ message }) => message.content)).toEqual(['hi', 'yes']);
});

test('a run with options that LangGraph would hang with fails at once', async () => {
  const { end } = await run(failing, new MemoryCheckpoints(), {
    start: input('hi'),
    call: { config: { max_concurrency: 0 } },
  });

  expect(end).toMatchObject({
    kind: 'failed',
    error: {
      name: 'InvalidConfigError',
      message: 'config.max_concurrency must be a whole number greater than 0 (got 0)',
    },
  });
});
