import { AIMessage, AIMessageChunk, HumanMessage, RemoveMessage } from '@langchain/core/messages';
import {
  Annotation,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  pushMessage,
  REMOVE_ALL_MESSAGES,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { afterEach, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import { partialsFromLog } from '../../src/domain/message-fold.ts';
import { gate, resetGates } from '../support/gates.ts';
import { graph as nested } from '../support/graphs/nested.ts';
import { graph as twoStreams } from '../support/graphs/two-streams.ts';
import { graph as twoTools } from '../support/graphs/two-tools.ts';
import { MemoryCheckpoints } from '../support/savers.ts';
import { StreamingModel, words } from '../support/streaming-model.ts';
import { conversation, input, only, run } from './support.ts';

afterEach(resetGates);

const speaker = (text: string) => new StreamingModel('messages-test', () => ({ text: words(text) }));
const State = MessagesAnnotation;
type Node = (
  state: typeof State.State,
  config: LangGraphRunnableConfig,
) => Promise<Partial<typeof State.Update>>;
const oneNode = (node: Node) =>
  new StateGraph(State).addNode('agent', node).addEdge(START, 'agent').compile();

test('a streamed message begins, grows token by token and is completed with all that it carries', async () => {
  const model = speaker('Hello big world');
  const graph = oneNode(async ({ messages }, config) => ({
    messages: [await model.invoke(messages, config)],
  }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(conversation(events)).toEqual([
    '+human',
    '=human hi',
    '+ai',
    '~Hello',
    '~ big',
    '~ world',
    '=ai Hello big world',
  ]);
  const [, begun] = only(events, 'MESSAGE_STARTED');
  const [, done] = only(events, 'MESSAGE_COMPLETED');
  expect(begun).toMatchObject({ ns: '', node: 'agent', message: { type: 'ai', content: '' } });
  expect(done?.message.id).toBe(begun?.message.id);
  expect(done?.message).toMatchObject({
    usage_metadata: { input_tokens: 1, output_tokens: 3, total_tokens: 4 },
    tool_calls: [],
  });
  expect(only(events, 'MESSAGE_DELTA').every(({ messageId }) => messageId === begun?.message.id)).toBe(true);
});

test('a character that two chunks share comes whole, with the second', async () => {
  const model = new StreamingModel('messages-test', () => ({
    text: ['Sun \ud83d', '\ude00', ' and \ud83d', '\ude00!'],
  }));
  const graph = oneNode(async ({ messages }, config) => ({
    messages: [await model.invoke(messages, config)],
  }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  const texts = only(events, 'MESSAGE_DELTA').map(({ text }) => text);
  expect(texts).toEqual(['Sun ', '\u{1f600}', ' and ', '\u{1f600}!']);
  expect(only(events, 'MESSAGE_COMPLETED').at(-1)?.message.content).toBe('Sun \u{1f600} and \u{1f600}!');
});

test('a stop in the middle of a character keeps the text before it', async () => {
  const model = new StreamingModel('messages-test', () => ({ text: ['Sun \ud83d', '\ude00'] }));
  const graph = oneNode(async ({ messages }, config) => ({
    messages: [await model.invoke(messages, config)],
  }));
  const held = gate('messages-test:1');
  const abort = new AbortController();
  const said = Promise.withResolvers<void>();
  const emit = (bodies: readonly EventBody[]): undefined => {
    if (only(bodies, 'MESSAGE_DELTA').length > 0) said.resolve();
  };

  const running = run(graph, new MemoryCheckpoints(), { start: input('hi'), signal: abort.signal, emit });
  await Promise.all([held.reached, said.promise]);
  abort.abort();
  const { end, events } = await running;

  expect(end.partials).toMatchObject([{ content: 'Sun ' }]);
  expect(partialsFromLog(events)).toEqual(end.partials);
});

test("the human's message of the run is announced with the id that the state gave it", async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events } = await run(twoTools, checkpoints, { start: input('hi', 'human-1') });

  expect(only(events, 'MESSAGE_COMPLETED')[0]?.message).toMatchObject({
    type: 'human',
    id: 'human-1',
    content: 'hi',
  });
});

test('tool calls and tool messages are told whole, each once', async () => {
  const { events } = await run(twoTools, new MemoryCheckpoints(), { start: input('hi') });

  const completed = only(events, 'MESSAGE_COMPLETED').map(({ message }) => message);
  expect(completed.map(({ type }) => type)).toEqual(['human', 'ai', 'tool', 'tool', 'ai']);
  expect(completed[1]?.tool_calls?.map(({ name }) => name)).toEqual(['first', 'second']);
  expect(completed.slice(2, 4).map(({ tool_call_id, status }) => [tool_call_id, status])).toEqual([
    ['first-1', 'success'],
    ['second-1', 'success'],
  ]);
  const ids = only(events, 'MESSAGE_STARTED').map(({ message }) => message.id);
  expect(new Set(ids).size).toBe(ids.length);
});

test('messages that the state had before the run are not told again', async () => {
  const checkpoints = new MemoryCheckpoints();
  await run(twoTools, checkpoints, { start: input('first') });

  const { events } = await run(twoTools, checkpoints, { start: input('second') });

  expect(only(events, 'MESSAGE_COMPLETED').map(({ message }) => message.type)).toEqual([
    'human',
    'ai',
    'tool',
    'tool',
    'ai',
  ]);
  expect(conversation(events)[1]).toBe('=human second');
  expect(only(events, 'MESSAGES_RESET')).toEqual([]);
});

test('a message of a subgraph is not told again when it reaches its parents', async () => {
  const { events } = await run(nested, new MemoryCheckpoints(), { start: input('hi') });

  expect(conversation(events).filter((line) => line.startsWith('='))).toEqual([
    '=human hi',
    '=ai middle prepared',
    '=ai inmost prepared',
    '=ai The inmost graph speaks.',
  ]);
});

test('two nodes that stream at once interleave, each under its own id and node', async () => {
  const { events } = await run(twoStreams, new MemoryCheckpoints(), { start: input('hi') });

  const told = new Map<string, string>();
  for (const { messageId, text } of only(events, 'MESSAGE_DELTA'))
    told.set(messageId, (told.get(messageId) ?? '') + text);
  expect([...told.values()].toSorted()).toEqual([
    'Left has three words more.',
    'Right has three words more.',
  ]);
  const completed = only(events, 'MESSAGE_COMPLETED').filter(({ message }) => message.type === 'ai');
  expect(completed.map(({ node }) => node).toSorted()).toEqual(['left', 'right']);
  expect(completed.every(({ message }) => told.get(message.id ?? '') === message.content)).toBe(true);
});

test('a message that its node keeps to itself is completed from what was streamed', async () => {
  const model = speaker('Just thinking aloud');
  const graph = oneNode(async ({ messages }, config) => {
    await model.invoke(messages, config);
    return { messages: [new AIMessage({ id: 'said', content: 'done' })] };
  });

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(conversation(events).filter((line) => line.startsWith('='))).toEqual([
    '=human hi',
    '=ai Just thinking aloud',
    '=ai done',
  ]);
  expect(only(events, 'MESSAGE_COMPLETED')[1]?.message).toMatchObject({
    usage_metadata: { output_tokens: 3 },
  });
});

test('a message that no node wrote is taken back at the next checkpoint', async () => {
  const model = speaker('Just thinking aloud');
  const graph = oneNode(async ({ messages }, config) => {
    await model.invoke(messages, config);
    return {};
  });

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  const resets = only(events, 'MESSAGES_RESET');
  expect(resets).toHaveLength(1);
  expect(resets[0]?.checkpointId).toBe(only(events, 'CHECKPOINT').at(-1)?.checkpointId);
});

test('what a graph says that a node calls is told as an aside; what the node makes of it is the conversation', async () => {
  const model = speaker('A private report');
  const worker = oneNode(async ({ messages }, config) => ({
    messages: [await model.invoke(messages, config)],
  }));
  const graph = oneNode(async ({ messages }) => ({
    messages: (await worker.invoke({ messages })).messages.slice(-1),
  }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  const asides = events.filter((body) => 'aside' in body);
  expect(new Set(asides.map(({ kind }) => kind))).toEqual(
    new Set(['MESSAGE_STARTED', 'MESSAGE_DELTA', 'MESSAGE_COMPLETED']),
  );
  expect(conversation(events.filter((body) => !('aside' in body)))).toEqual([
    '+human',
    '=human hi',
    '+ai',
    '=ai A private report',
  ]);
});

test('a model tagged nostream is only told when its message is in the state', async () => {
  const model = speaker('Quiet words').withConfig({ tags: ['nostream'] });
  const graph = oneNode(async ({ messages }, config) => ({
    messages: [await model.invoke(messages, config)],
  }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(conversation(events)).toEqual(['+human', '=human hi', '+ai', '=ai Quiet words']);
});

test('content in blocks keeps its blocks, and its text is told beside them', async () => {
  const blocks = [{ type: 'text', text: 'Hel', index: 0 }] as const;
  const model = new StreamingModel('blocks', () => ({}));
  model._streamResponseChunks = async function* (_messages, _options, runManager) {
    for (const content of [blocks, [{ type: 'text', text: 'lo', index: 0 }]]) {
      const message = new AIMessageChunk({ content: content as never });
      const chunk = new (await import('@langchain/core/outputs')).ChatGenerationChunk({ text: '', message });
      yield chunk;
      await runManager?.handleLLMNewToken('', undefined, undefined, undefined, undefined, { chunk });
    }
  };
  const graph = oneNode(async ({ messages }, config) => ({
    messages: [await model.invoke(messages, config)],
  }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(only(events, 'MESSAGE_DELTA').map(({ text, content }) => [text, content])).toEqual([
    ['Hel', blocks],
    ['lo', [{ type: 'text', text: 'lo', index: 0 }]],
  ]);
  expect(only(events, 'MESSAGE_COMPLETED')[1]?.message.content).toEqual([
    { type: 'text', text: 'Hello', index: 0 },
  ]);
});

test('an edited message resets the conversation, once, at the checkpoint that holds the edit', async () => {
  const graph = oneNode(async ({ messages }) => ({
    messages: [new HumanMessage({ id: messages[0]?.id ?? '', content: 'edited' }), new AIMessage('new')],
  }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  const resets = only(events, 'MESSAGES_RESET');
  expect(resets).toHaveLength(1);
  expect(resets[0]?.checkpointId).toBe(only(events, 'CHECKPOINT').at(-1)?.checkpointId);
  expect(events.at(-1)?.kind).toBe('MESSAGES_RESET');
});

test.each([
  ['a removed message', (id: string) => [new RemoveMessage({ id })]],
  [
    'a conversation begun anew',
    () => [
      new RemoveMessage({ id: REMOVE_ALL_MESSAGES }),
      new HumanMessage({ id: 'summary', content: 'so far' }),
    ],
  ],
])('%s resets the conversation', async (_what, update) => {
  const graph = oneNode(async ({ messages }) => ({ messages: update(messages[0]?.id ?? '') }));

  const { events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(conversation(events).filter((line) => line === 'reset')).toEqual(['reset']);
  expect(only(events, 'MESSAGE_STARTED').map(({ message }) => message.type)).not.toContain('remove');
});

test('a reducer that copies its messages does not reset the conversation', async () => {
  const Copying = Annotation.Root({
    messages: Annotation<AIMessage[]>({
      reducer: (left, right) =>
        [...left, ...right].map(
          ({ id, content }) => new AIMessage({ content, ...(id === undefined ? {} : { id }) }),
        ),
      default: () => [],
    }),
  });
  const graph = new StateGraph(Copying)
    .addNode('agent', () => ({ messages: [new AIMessage({ id: 'b', content: 'b' })] }))
    .addEdge(START, 'agent');

  const { events } = await run(graph.compile(), new MemoryCheckpoints(), {
    start: { kind: 'input', input: { messages: [{ type: 'ai', id: 'a', content: 'a' }] } },
  });

  expect(conversation(events)).toEqual(['+ai', '=ai a', '+ai', '=ai b']);
});

test('a run from an earlier checkpoint resets the conversation', async () => {
  const checkpoints = new MemoryCheckpoints();
  const { events: before } = await run(twoTools, checkpoints, { start: input('first') });
  const [, withHuman] = only(before, 'CHECKPOINT');

  const { events } = await run(twoTools, checkpoints, {
    start: input('again'),
    baseCheckpointId: withHuman?.checkpointId ?? '',
  });

  expect(conversation(events)[0]).toBe('reset');
  expect(conversation(events)[2]).toBe('=human again');
});

test('the partials of an aborted execution are those that its log leaves open', async () => {
  const held = gate('nested:speak:2');
  const abort = new AbortController();
  const said = Promise.withResolvers<void>();
  const told: EventBody[] = [];
  const running = run(nested, new MemoryCheckpoints(), {
    start: input('hi'),
    signal: abort.signal,
    emit: (bodies) => {
      told.push(...bodies);
      if (only(told, 'MESSAGE_DELTA').length === 2) said.resolve();
      return undefined;
    },
  });
  await Promise.all([held.reached, said.promise]);

  abort.abort();
  const { end, events } = await running;

  expect(end.partials).toMatchObject([
    { ns: expect.stringMatching(/^middle:.*\|inmost:/), node: 'speak', content: 'The inmost' },
  ]);
  expect(end.partials).toEqual(partialsFromLog(events));
});

test('a message that a node handed over whole is partial too while its task runs on, and hides none that was streamed', async () => {
  const model = speaker('Half of');
  const graph = oneNode(async ({ messages }, config) => {
    await model.invoke(messages, config);
    pushMessage(new AIMessage({ id: 'whole', content: 'Said at once' }), config);
    throw new Error('then this');
  });

  const { end, events } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(end.partials).toMatchObject([
    { content: 'Half of', taskId: expect.any(String) },
    { messageId: 'whole', content: 'Said at once' },
  ]);
  expect(end.partials[1]).not.toHaveProperty('taskId');
  expect(partialsFromLog(events)).toEqual(end.partials);
});

test('a message whose node failed stays partial', async () => {
  const model = speaker('Half of');
  const graph = oneNode(async ({ messages }, config) => {
    await model.invoke(messages, config);
    throw new Error('then this');
  });

  const { end } = await run(graph, new MemoryCheckpoints(), { start: input('hi') });

  expect(end).toMatchObject({ kind: 'failed', partials: [{ content: 'Half of' }] });
});
