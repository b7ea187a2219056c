import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { MessageJson } from '../../../src/domain/message.ts';
import {
  answerDangling,
  danglingToolCalls,
  stoppedAnswer,
} from '../../../src/graphs/reconcile/tool-calls.ts';
import { findDanglingToolCalls } from '../../support/dangling-tool-calls.ts';

const ai = (...ids: string[]): MessageJson => ({
  type: 'ai',
  content: '',
  tool_calls: ids.map((id) => ({ id, name: `name-${id}`, args: {} })),
});
const tool = (id: string): MessageJson => ({ type: 'tool', content: 'result', tool_call_id: id });
const human: MessageJson = { type: 'human', content: 'hi' };

const prepareHistory = (messages: readonly MessageJson[]) =>
  answerDangling(messages, danglingToolCalls(messages), (call) => stoppedAnswer(call, `made-${call.id}`));
const shape = (messages: readonly MessageJson[]) =>
  messages.map(
    ({ type, tool_call_id, status }) =>
      `${type}${tool_call_id === undefined ? '' : ` ${tool_call_id}`}${status === 'error' ? ' stopped' : ''}`,
  );

test('an answer stands directly after its AI message and the answers that are there already', () => {
  expect(shape(prepareHistory([human, ai('a', 'b', 'c'), tool('b'), human]))).toEqual([
    'human',
    'ai',
    'tool b',
    'tool a stopped',
    'tool c stopped',
    'human',
  ]);
});

test('a list without open calls is returned itself', () => {
  const messages = [human, ai('a'), tool('a'), ai()];

  expect(prepareHistory(messages)).toBe(messages);
});

test('an id that a later message uses again is another call', () => {
  expect(shape(prepareHistory([ai('a'), human, ai('a'), tool('a')]))).toEqual([
    'ai',
    'tool a stopped',
    'human',
    'ai',
    'tool a',
  ]);
});

test('an answer that comes later than directly after counts', () => {
  expect(prepareHistory([ai('a'), ai(), tool('a')])).toHaveLength(3);
});

test('a call without an id is left alone', () => {
  const messages: MessageJson[] = [
    {
      type: 'ai',
      content: '',
      tool_calls: [
        { name: 'x', args: {} },
        { id: null, name: 'y', args: {} },
      ],
    },
  ];

  expect(prepareHistory(messages)).toBe(messages);
});

test('the answer names the tool and says that it was stopped', () => {
  expect(stoppedAnswer({ id: 'a', name: 'search' }, 'm')).toEqual({
    type: 'tool',
    id: 'm',
    name: 'search',
    content: 'The tool call was stopped before it finished.',
    tool_call_id: 'a',
    status: 'error',
  });
});

test('whatever answers are missing, the mended history is one that providers accept, with everything else in its order', () => {
  const call = fc.constantFrom('a', 'b', 'c');
  const turn = fc
    .uniqueArray(call, { minLength: 1, maxLength: 3 })
    .chain((ids) => fc.subarray(ids).map((answered) => [ai(...ids), ...answered.map(tool)]));
  const history = fc
    .array(fc.oneof(turn, fc.constant([human]), fc.constant([ai()])), { maxLength: 8 })
    .map((parts) => parts.flat());
  fc.assert(
    fc.property(history, (messages) => {
      const reconciled = prepareHistory(messages);

      expect(findDanglingToolCalls(reconciled)).toEqual([]);
      expect(reconciled.filter((message) => messages.includes(message))).toEqual(messages);
      expect(danglingToolCalls(reconciled)).toEqual([]);
    }),
  );
});
