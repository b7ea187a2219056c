import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Conversation,
  emptyConversation,
  type Message,
  type MessageEvent,
  reduceMessages,
} from '../../src/client/public.ts';
import { runOf } from './fake-server.ts';

const at = { cursor: 'c', createdAt: '2026-01-01T00:00:00.000Z', runId: 'run-1' };
const place = { namespace: [], node: 'agent' };
const bare = { name: null, additionalKwargs: {}, responseMetadata: {} };

const human = (id: string | null, text: string): Message => ({
  __typename: 'HumanMessage',
  id,
  type: 'human',
  text,
  content: text,
  ...bare,
});
const ai = (id: string, text: string, partial = false): Message => ({
  __typename: 'AIMessage',
  id,
  type: 'ai',
  text,
  content: text,
  ...bare,
  toolCalls: [],
  usage: null,
  partial,
});

const started = (message: Message): MessageEvent => ({
  __typename: 'MessageStarted',
  ...at,
  ...place,
  message,
});
const delta = (messageId: string, text: string, content: unknown = text): MessageEvent => ({
  __typename: 'MessageDelta',
  ...at,
  ...place,
  messageId,
  text,
  content,
});
const completed = (message: Message): MessageEvent => ({
  __typename: 'MessageCompleted',
  ...at,
  ...place,
  message,
});
const reset = (messages: Message[], runId: string | null = null): MessageEvent => ({
  __typename: 'MessagesReset',
  ...at,
  runId,
  messages,
});
const status = (id: string, value: string): MessageEvent =>
  ({ __typename: 'RunStatusChanged', ...at, run: runOf({ id, status: value }) }) as unknown as MessageEvent;

const fold = (events: readonly MessageEvent[], from: Conversation = emptyConversation) =>
  events.reduce(reduceMessages, from);
const shown = ({ messages }: Conversation) =>
  messages.map((message) => [
    message.text,
    message.streaming
      ? 'streaming'
      : message.__typename === 'AIMessage' && message.partial
        ? 'partial'
        : 'whole',
  ]);

test('a message grows with its deltas and is replaced by its completed form', () => {
  const growing = fold([
    completed(human('h', 'hi')),
    started(ai('a', '')),
    delta('a', 'Hel'),
    delta('a', 'lo'),
  ]);
  expect(shown(growing)).toEqual([
    ['hi', 'whole'],
    ['Hello', 'streaming'],
  ]);

  const whole = fold([completed(ai('a', 'Hello!'))], growing);
  expect(shown(whole)).toEqual([
    ['hi', 'whole'],
    ['Hello!', 'whole'],
  ]);
});

test('a message that streams blocks has them, as the completed one will', () => {
  const said = (text: string, index: number) => delta('a', text, [{ type: 'text', text, index }]);
  const state = fold([
    started(ai('a', '')),
    delta('a', '', [{ type: 'thinking', thinking: 'hm', index: 0 }]),
    said('Hel', 1),
    said('you', 2),
    said('lo ', 1),
  ]);

  expect(state.messages).toMatchObject([
    {
      text: 'Hello you',
      content: [
        { type: 'thinking', thinking: 'hm', index: 0 },
        { type: 'text', text: 'Hello ', index: 1 },
        { type: 'text', text: 'you', index: 2 },
      ],
    },
  ]);
  expect(fold([said('lo', 1)]).messages).toMatchObject([
    { text: 'lo', content: [{ type: 'text', text: 'lo', index: 1 }] },
  ]);
});

test('two messages that stream at once grow each by its own deltas', () => {
  const state = fold([
    started(ai('a', '')),
    started(ai('b', '')),
    delta('b', '1'),
    delta('a', '2'),
    delta('b', '3'),
  ]);

  expect(shown(state)).toEqual([
    ['2', 'streaming'],
    ['13', 'streaming'],
  ]);
});

test('a stopped message that was kept is partial', () => {
  const state = fold([
    started(ai('a', '')),
    delta('a', 'The weath'),
    completed(ai('a', 'The weath', true)),
    status('run-1', 'INTERRUPTED'),
  ]);

  expect(shown(state)).toEqual([['The weath', 'partial']]);
});

test('a message that was streaming when its run ended is partial', () => {
  const state = fold([started(ai('a', '')), delta('a', 'The weath'), status('run-1', 'ERROR')]);

  expect(shown(state)).toEqual([['The weath', 'partial']]);
});

test('the end of another run leaves a streaming message streaming', () => {
  const state = fold([started(ai('a', '')), status('run-0', 'INTERRUPTED')]);

  expect(shown(state)).toEqual([['', 'streaming']]);
});

test('a reset replaces the conversation, and a message in it grows on', () => {
  const state = fold([
    completed(human('h', 'gone')),
    reset([human('h2', 'hi'), ai('a', 'Hel')]),
    delta('a', 'lo'),
  ]);

  expect(shown(state)).toEqual([
    ['hi', 'whole'],
    ['Hello', 'streaming'],
  ]);
});

test('a message whose start was missed is shown from its first delta on', () => {
  expect(shown(fold([delta('a', 'lo')]))).toEqual([['lo', 'streaming']]);
});

test('messages without an id have keys of their own', () => {
  const state = fold([reset([human(null, 'one'), human(null, 'two')]), completed(human(null, 'three'))]);

  expect(state.messages.map((message) => message.key)).toEqual(['#0', '#1', '#2']);
});

test('the active run is the one that runs or writes, until it ends or is removed', () => {
  const running = fold([status('run-1', 'PENDING'), status('run-1', 'RUNNING')]);

  expect(fold([status('run-1', 'PENDING')]).activeRunId).toBeNull();
  expect(running.activeRunId).toBe('run-1');
  expect(fold([status('run-2', 'PENDING')], running).activeRunId).toBe('run-1');
  expect(fold([status('run-1', 'SUCCESS')], running).activeRunId).toBeNull();
  expect(fold([reset([])], running).activeRunId).toBeNull();
  expect(fold([reset([], 'run-1')], running).activeRunId).toBe('run-1');
  expect(fold([reset([]), delta('a', 'x')]).activeRunId).toBe('run-1');
});

test('folding changes nothing that was handed out, and keeps messages that an event does not touch', () => {
  const before = fold([completed(human('h', 'hi')), started(ai('a', ''))]);
  const copy = structuredClone(before);

  const after = fold([delta('a', 'x')], before);

  expect(before).toEqual(copy);
  expect(after.messages[0]).toBe(before.messages[0]);
});

test('any split of a text into deltas gives the same conversation', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.nat()), fc.boolean(), (text, cuts, complete) => {
      const bounds = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
      const pieces = bounds.slice(1).map((end, index) => text.slice(bounds[index], end));
      const end = complete ? [completed(ai('a', text))] : [];
      const begin = [completed(human('h', 'hi')), started(ai('a', ''))];

      const split = fold([...begin, ...pieces.map((piece) => delta('a', piece)), ...end]);

      expect(split).toEqual(fold([...begin, delta('a', text), ...end]));
    }),
  );
});

test('deltas of two messages may come in any interleaving', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.string())), (deltas) => {
      const begin = [started(ai('a', '')), started(ai('b', ''))];
      const of = (id: string) => deltas.filter(([one]) => one === id);

      const mixed = fold([...begin, ...deltas.map(([id, text]) => delta(id, text))]);

      expect(mixed).toEqual(
        fold([...begin, ...[...of('a'), ...of('b')].map(([id, text]) => delta(id, text))]),
      );
    }),
  );
});
