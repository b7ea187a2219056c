import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import {
  Annotation,
  interrupt,
  MessagesAnnotation,
  MessagesDeltaValue,
  START,
  StateGraph,
  StateSchema,
} from '@langchain/langgraph';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/domain/json.ts';
import { graph as noMessages } from '../../support/graphs/no-messages.ts';
import { Conversation, human } from './interrupted.ts';

const STOPPED = 'tool: The tool call was stopped before it finished. (error)';
const asks = (...ids: string[]) =>
  new AIMessage({
    id: `asks ${ids.join()}`,
    content: '',
    tool_calls: ids.map((id) => ({ id, name: id, args: {} })),
  });

const Question = Annotation.Root({ question: Annotation<string> });
/**
 * Its input has no messages; each run says what it was asked, and what it was told without having been asked.
 */
const asked = (channel: object = MessagesAnnotation.spec.messages) =>
  new StateGraph({
    stateSchema: Annotation.Root({ messages: channel as never, question: Annotation<string> }),
    input: Question,
  })
    .addNode(
      'answer',
      ({ question }: { question: string }) => ({ messages: [new AIMessage(`asked ${question}`)] }) as never,
    )
    .addEdge(START, 'answer')
    .compile();
const concat = Annotation<BaseMessage[]>({ reducer: (old, more) => old.concat(more), default: () => [] });
const replaced = Annotation<BaseMessage[]>;

/** A thread whose state was left like this, by whatever. */
async function left(
  messages: BaseMessage[],
  graph: ConstructorParameters<typeof Conversation>[0] = asked(),
): Promise<Conversation> {
  const thread = new Conversation(graph);
  const node = Object.keys(graph.nodes).find((name) => name !== START);
  await thread.graph.updateState(thread.config as never, { messages }, node);
  return thread;
}

const headOf = async (thread: Conversation) =>
  (await thread.state()).config.configurable?.['checkpoint_id'] as string;

describe('who adds what the state lacks', () => {
  test.each<[string, 'INPUT' | 'PREPARATION' | 'NOBODY', BaseMessage[], Json[]]>([
    ['nothing is missing', 'INPUT', [new HumanMessage('one')], [{}, { messages: [] }]],
    ['a call is open', 'PREPARATION', [asks('a')], []],
    ['there are messages to carry', 'PREPARATION', [], [{ messages: 'one' }]],
  ])('where the input has no messages and %s: %s', async (_what, addedBy, messages, carried) => {
    const thread = await left(messages);
    const input = { question: 'why?' };

    const composed = await thread.composed(input, carried);

    expect(composed).toMatchObject({ input, addedBy });
    expect(composed.input).toBe(input);
  });

  test.each<[string, Json]>([
    ['text', 'hi'],
    ['a list', [human('hi')]],
  ])('MEND where the input is %s', async (_what, input) => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('noop', () => ({}))
      .addEdge(START, 'noop')
      .compile();

    expect(await (await left([asks('a')], graph)).composed(input)).toMatchObject({
      input,
      addedBy: 'PREPARATION',
    });
  });

  test('MEND where an open call is further up and the reducer only concatenates', async () => {
    const graph = new StateGraph(Annotation.Root({ messages: concat }))
      .addNode('noop', () => ({}))
      .addEdge(START, 'noop')
      .compile();
    const input = { messages: [human('hi')] };

    expect(await (await left([asks('a'), new HumanMessage('two')], graph)).composed(input)).toMatchObject({
      input,
      addedBy: 'PREPARATION',
    });
    expect((await (await left([asks('a')], graph)).composed(input)).addedBy).toBe('INPUT');
  });

  test('NOBODY where the graph has no messages', async () => {
    expect((await new Conversation(noMessages).composed({ counter: 1 }, [{ messages: 'one' }])).addedBy).toBe(
      'NOBODY',
    );
  });

  test('NOBODY where the input replaces the conversation, but MEND where such a graph’s input has none', async () => {
    const graph = new StateGraph(
      Annotation.Root({ messages: Annotation<BaseMessage[]>, other: Annotation<number> }),
    )
      .addNode('noop', () => ({}))
      .addEdge(START, 'noop')
      .compile();
    const thread = await left([asks('a')], graph);

    expect((await thread.composed({ messages: [human('hi')] }, [{ messages: 'one' }])).addedBy).toBe(
      'NOBODY',
    );
    expect((await thread.composed({ other: 1 })).addedBy).toBe('PREPARATION');
  });

  test('NOBODY where the graph can’t be built', async () => {
    const thread = new Conversation(noMessages);
    Object.assign(thread.graphs, { graphFor: () => Promise.reject(new Error('the factory threw')) });

    expect(await thread.composed({ counter: 1 })).toMatchObject({ input: { counter: 1 }, addedBy: 'NOBODY' });
  });

  test('a call that the input itself answers is not open', async () => {
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('noop', () => ({}))
      .addEdge(START, 'noop')
      .compile();
    const thread = await left([asks('a', 'b')], graph);

    await thread.run({
      messages: [{ role: 'tool', tool_call_id: 'a', content: 'from the client' } as Json, human('go on')],
    });

    expect((await thread.transcript()).slice(1)).toEqual([STOPPED, 'tool: from the client', 'human: go on']);
    expect(await thread.complaints()).toEqual([]);
  });
});

describe('a mend', () => {
  test('answers open calls and adds carried messages, and the input that comes then is run', async () => {
    const thread = await left([
      new HumanMessage('one'),
      asks('a', 'b'),
      new ToolMessage({ tool_call_id: 'a', content: 'done' }),
    ]);

    await thread.run({ question: 'why?' }, [
      { messages: 'two' },
      { messages: [['user', 'three'], human('four')] },
    ]);

    expect(await thread.transcript()).toEqual([
      'human: one',
      'ai:  [a, b]',
      'tool: done',
      STOPPED,
      'human: two',
      'human: three',
      'human: four',
      'ai: asked why?',
    ]);
    expect(await thread.complaints()).toEqual([]);
  });

  test('tells of the messages that it added', async () => {
    const thread = await left([asks('a')]);

    const events = await thread.prepareHistory([{ messages: [human('two', 'h2')] }]);

    const [, answer] = await thread.messages();
    expect(events).toMatchObject([
      { kind: 'MESSAGE_STARTED', ns: '', node: null, message: { id: answer!.id, type: 'tool', content: '' } },
      {
        kind: 'MESSAGE_COMPLETED',
        message: { id: answer!.id, type: 'tool', tool_call_id: 'a', status: 'error' },
      },
      { kind: 'MESSAGE_STARTED', message: { id: 'h2', type: 'human', content: '' } },
      { kind: 'MESSAGE_COMPLETED', message: { id: 'h2', type: 'human', content: 'two' } },
    ]);
  });

  test('names no run in its checkpoint, which would make LangGraph drop that run’s input', async () => {
    const thread = await left([asks('a')]);
    Object.defineProperty(thread, 'call', { value: { ...thread.call, runId: 'run' } });

    await thread.prepareHistory();

    expect((await thread.state()).metadata).toMatchObject({ source: 'update' });
    expect((await thread.state()).metadata).not.toHaveProperty('run_id');
  });

  test('that is made again adds nothing', async () => {
    const thread = await left([asks('a')]);
    await thread.prepareHistory();
    const head = await headOf(thread);

    expect(await thread.prepareHistory()).toEqual([]);

    expect(await headOf(thread)).toBe(head);
    expect(await thread.transcript()).toEqual(['ai:  [a]', STOPPED]);
  });

  test.each<[string, object]>([
    ['LangGraph’s own reducer', MessagesAnnotation.spec.messages],
    ['a reducer that only concatenates', concat],
    ['no reducer', replaced],
  ])('puts the answer of a call further up where it belongs, with %s', async (_what, channel) => {
    const thread = await left([asks('a'), new HumanMessage({ id: 'h1', content: 'one' })], asked(channel));

    const events = await thread.prepareHistory([{ messages: 'two' }]);

    expect(await thread.transcript()).toEqual(['ai:  [a]', STOPPED, 'human: one', 'human: two']);
    expect(events).toEqual([{ kind: 'MESSAGES_RESET', checkpointId: await headOf(thread) }]);
    expect((await thread.messages()).every(({ id }) => typeof id === 'string')).toBe(true);
  });

  test('in a conversation that is stored as deltas', async () => {
    const graph = new StateGraph({
      stateSchema: new StateSchema({ messages: MessagesDeltaValue }),
      input: Annotation.Root({ question: Annotation<string> }) as never,
    })
      .addNode('ask', ({ messages }) => (messages.length === 0 ? { messages: [asks('a')] } : {}))
      .addEdge(START, 'ask')
      .compile();
    const thread = new Conversation(graph as never);
    await thread.run({ question: 'one' });

    await thread.run({ question: 'two' }, [{ messages: 'carried' }]);

    expect(await thread.transcript()).toEqual(['ai:  [a]', STOPPED, 'human: carried']);
  });

  test('on a thread without a checkpoint begins the conversation', async () => {
    const thread = new Conversation(asked());

    await thread.run({ question: 'why?' }, [{ messages: 'one' }]);

    expect(await thread.transcript()).toEqual(['human: one', 'ai: asked why?']);
  });

  test('ends a pause for a human, and keeps what had finished beside it', async () => {
    const State = Annotation.Root({ ...MessagesAnnotation.spec, question: Annotation<string> });
    const graph = new StateGraph({ stateSchema: State, input: Question })
      .addNode('agent', ({ question }) =>
        question === 'one' ? { messages: [asks('quick', 'slow')] } : { messages: [new AIMessage('ok')] },
      )
      .addNode('quick', () => ({
        messages: [new ToolMessage({ tool_call_id: 'quick', content: 'quick result' })],
      }))
      .addNode('slow', () => ({
        messages: [new ToolMessage({ tool_call_id: 'slow', content: String(interrupt('?')) })],
      }))
      .addEdge(START, 'agent')
      .addConditionalEdges('agent', ({ question }) => (question === 'one' ? ['quick', 'slow'] : []), [
        'quick',
        'slow',
      ])
      .compile();
    const thread = new Conversation(graph);
    await thread.run({ question: 'one' });
    expect((await thread.state()).tasks.flatMap(({ interrupts }) => interrupts)).toHaveLength(1);

    await thread.run({ question: 'two' });

    expect(await thread.transcript()).toEqual([
      'ai:  [quick, slow]',
      'tool: quick result',
      STOPPED,
      'ai: ok',
    ]);
    expect((await thread.state()).next).toEqual([]);
  });

  test('of an earlier checkpoint makes the conversation that one, mended', async () => {
    const thread = await left([asks('a')]);
    const base = await headOf(thread);
    await thread.run({ question: 'one' });

    const events = await thread.prepareHistory([{ messages: 'two' }], base);

    expect(await thread.transcript()).toEqual(['ai:  [a]', STOPPED, 'human: two']);
    expect(events).toEqual([{ kind: 'MESSAGES_RESET', checkpointId: await headOf(thread) }]);
  });
});
