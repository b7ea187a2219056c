import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { Annotation, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '../../../src/domain/json.ts';
import { STOPPED } from '../../../src/graphs/reconcile/tool-calls.ts';
import { Conversation, human } from './interrupted.ts';

const graphOf = (channel: object) =>
  new StateGraph(Annotation.Root({ messages: channel as never }))
    .addNode('noop', () => ({}))
    .addEdge(START, 'noop')
    .compile();
const REDUCERS = {
  'LangGraph’s own': graphOf(MessagesAnnotation.spec.messages),
  'one that only concatenates': graphOf(
    Annotation<BaseMessage[]>({ reducer: (old, more) => old.concat(more), default: () => [] }),
  ),
};

/** A turn of a history: a question, perhaps calls, of which each is answered, was stopped or is open. */
const turn = fc.record({
  calls: fc.array(fc.constantFrom('answered', 'stopped', 'open'), { maxLength: 3 }),
  says: fc.boolean(),
});
type Turn = typeof turn extends fc.Arbitrary<infer T> ? T : never;

function historyOf(turns: readonly Turn[]): BaseMessage[] {
  return turns.flatMap(({ calls, says }, at) => [
    new HumanMessage({ id: `h${at}`, content: `question ${at}` }),
    new AIMessage({
      id: `a${at}`,
      content: '',
      tool_calls: calls.map((_state, index) => ({ id: `c${at}.${index}`, name: 'look', args: {} })),
    }),
    ...calls.flatMap((state, index) => {
      const answer = { id: `t${at}.${index}`, tool_call_id: `c${at}.${index}` };
      if (state === 'open') return [];
      return [
        state === 'answered'
          ? new ToolMessage({ ...answer, content: 'seen' })
          : new ToolMessage({ ...answer, content: STOPPED, status: 'error' }),
      ];
    }),
    ...(says ? [new AIMessage({ id: `s${at}`, content: 'so it is' })] : []),
  ]);
}

const at = fc.nat({ max: 4 });
/** What a client may bring, of a turn that there is. */
const brings = fc.record({
  kind: fc.constantFrom(
    'remove',
    'edit',
    'edit-one-call',
    'repeat',
    'answer',
    'answer-openai',
    'answer-unknown',
    'whole-openai',
    'human',
  ),
  at,
  call: fc.nat({ max: 2 }),
  named: fc.boolean(),
});
type Brings = typeof brings extends fc.Arbitrary<infer T> ? T : never;

function messagesOf({ kind, at: place, call, named }: Brings, turns: readonly Turn[]): Json[] {
  const number = place % turns.length;
  const id = `a${number}`;
  const ids = (turns[number]?.calls ?? []).map((_state, index) => `c${number}.${index}`);
  const calls = ids.map((name) => ({ id: name, name: 'look', args: {}, type: 'tool_call' }));
  const answered = {
    tool_call_id: ids[call] ?? 'never',
    content: 'the client saw it',
    ...(named ? { id: `own ${number}.${call}` } : {}),
  };
  const openai = ids.map((name) => ({
    id: name,
    type: 'function',
    function: { name: 'look', arguments: '{}' },
  }));
  switch (kind) {
    case 'remove':
      return [{ type: 'remove', id, content: '' }];
    case 'edit':
      return [{ type: 'ai', id, content: 'edited' }];
    case 'edit-one-call':
      return [{ type: 'ai', id, content: 'edited', tool_calls: calls.slice(0, 1) }];
    case 'repeat':
      return [{ type: 'ai', id, content: '', tool_calls: calls }];
    case 'answer':
      return [{ type: 'tool', ...answered }];
    case 'answer-openai':
      return [{ role: 'tool', ...answered }];
    case 'answer-unknown':
      return [{ type: 'tool', ...answered, tool_call_id: 'never made' }];
    case 'whole-openai':
      return [
        { role: 'assistant', id, content: '', tool_calls: openai },
        ...ids.map((name) => ({ role: 'tool', tool_call_id: name, content: 'all along' })),
      ];
    case 'human':
      return [human(`more ${number}`)];
  }
}

test.each(Object.keys(REDUCERS) as (keyof typeof REDUCERS)[])(
  'whatever state an input meets, with %s a provider takes what comes of it',
  async (name) => {
    const graph = REDUCERS[name];
    // a reducer that only concatenates knows none
    const edits = new Set(['remove', 'edit', 'edit-one-call', 'repeat', 'whole-openai']);
    await fc.assert(
      fc.asyncProperty(
        fc.array(turn, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(brings, {
          maxLength: 4,
          selector: ({ kind, at: place }) => (kind === 'remove' ? 'remove' : `${kind} ${place}`),
        }),
        fc.boolean(),
        async (turns, all, removesAll) => {
          const allowed = name === 'LangGraph’s own' ? all : all.filter(({ kind }) => !edits.has(kind));
          const brought = allowed.toSorted(
            (a, b) => Number(a.kind === 'remove') - Number(b.kind === 'remove'),
          );
          const thread = new Conversation(graph);
          await thread.graph.updateState(thread.config as never, { messages: historyOf(turns) }, 'noop');
          const startsAnew =
            removesAll && name === 'LangGraph’s own' && brought.every(({ kind }) => kind !== 'remove');
          const input = [
            ...(startsAnew ? [{ type: 'remove', id: '__remove_all__', content: '' }] : []),
            ...brought.flatMap((one) => messagesOf(one, turns)),
          ];

          await thread.run({ messages: [...input, human('the last word')] });

          expect(await thread.complaints(), JSON.stringify([await thread.transcript(), input])).toEqual([]);
          expect((await thread.transcript()).at(-1)).toBe('human: the last word');
        },
      ),
      { numRuns: 150 },
    );
  },
);

const asks = (id: string, ...calls: string[]) =>
  new AIMessage({ id, content: '', tool_calls: calls.map((call) => ({ id: call, name: call, args: {} })) });
const stopped = (call: string) =>
  new ToolMessage({ id: `stopped ${call}`, tool_call_id: call, content: STOPPED, status: 'error' });

test.each<[string, Json, string]>([
  ['without an id', { role: 'tool', tool_call_id: 'a', content: 'late' }, 'stopped a'],
  ['with an id of its own', { type: 'tool', id: 'own', tool_call_id: 'a', content: 'late' }, 'own'],
])(
  'a client’s answer %s replaces the server’s in place, and a second one is dropped',
  async (_what, answer, id) => {
    const thread = new Conversation(REDUCERS['LangGraph’s own']);
    const before = [new HumanMessage('one'), asks('asks', 'a'), stopped('a'), new HumanMessage('two')];
    await thread.graph.updateState(thread.config as never, { messages: before }, 'noop');

    await thread.run({ messages: [answer, human('three')] });
    await thread.run({ messages: [{ role: 'tool', tool_call_id: 'a', content: 'again' }, human('four')] });

    expect(await thread.transcript()).toEqual([
      'human: one',
      'ai:  [a]',
      'tool: late',
      'human: two',
      'human: three',
      'human: four',
    ]);
    expect((await thread.messages())[2]?.id).toBe(id);
  },
);

test('calls of a last message that the input brings are left to the graph', async () => {
  const thread = new Conversation(REDUCERS['LangGraph’s own']);

  await thread.run({
    messages: [
      human('one'),
      { type: 'ai', id: 'own', content: '', tool_calls: [{ id: 'a', name: 'a', args: {} }] },
    ],
  });

  expect(await thread.transcript()).toEqual(['human: one', 'ai:  [a]']);
});

test('a tool message that the state held without a call stays', async () => {
  const thread = new Conversation(REDUCERS['LangGraph’s own']);
  await thread.graph.updateState(
    thread.config as never,
    { messages: [new ToolMessage({ tool_call_id: 'x', content: 'alone' }), asks('asks', 'a')] },
    'noop',
  );

  await thread.run({ messages: [human('two')] });

  expect((await thread.transcript()).map((line) => line.split(':')[0])).toEqual([
    'tool',
    'ai',
    'tool',
    'human',
  ]);
});
