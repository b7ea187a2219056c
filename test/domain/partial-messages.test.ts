import { describe, expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import { partialsFromLog } from '../../src/domain/message-fold.ts';

const started = (id: string, type = 'ai'): EventBody => ({
  kind: 'MESSAGE_STARTED',
  ns: '',
  node: 'agent',
  message: { type, id, content: '' },
});
const delta = (messageId: string, text: string): EventBody => ({
  kind: 'MESSAGE_DELTA',
  ns: '',
  node: 'agent',
  messageId,
  text,
  content: text,
});
const completed = (id: string): EventBody => ({
  kind: 'MESSAGE_COMPLETED',
  ns: '',
  node: 'agent',
  message: { type: 'ai', id, content: 'x' },
});

describe('partialsFromLog', () => {
  test('messages begun and not completed are partial, in the order in which they began', () => {
    const log = [
      started('1'),
      started('2'),
      delta('2', 'two'),
      delta('1', 'o'),
      started('3'),
      delta('1', 'ne'),
      completed('3'),
    ];

    expect(partialsFromLog(log)).toEqual([
      { ns: '', node: 'agent', messageId: '1', content: 'one' },
      { ns: '', node: 'agent', messageId: '2', content: 'two' },
    ]);
  });

  test('a tool message is never partial', () => {
    expect(partialsFromLog([started('1', 'tool')])).toEqual([]);
  });

  test('a reset takes back what a lost attempt had streamed', () => {
    const log: EventBody[] = [
      started('1'),
      delta('1', 'lost'),
      { kind: 'RUN_RESUMED', attempt: 2 },
      { kind: 'MESSAGES_RESET', checkpointId: null },
    ];
    expect(partialsFromLog(log)).toEqual([]);
  });

  test('a takeover without a reset keeps what the lost attempt had streamed', () => {
    const log: EventBody[] = [started('1'), delta('1', 'kept'), { kind: 'RUN_RESUMED', attempt: 2 }];
    expect(partialsFromLog(log)).toMatchObject([{ messageId: '1', content: 'kept' }]);
  });
});

describe('a partial message says who streamed it', () => {
  const begun = (metadata: JsonObject | undefined, name?: string | null): EventBody => ({
    kind: 'MESSAGE_STARTED',
    ns: 'sub:1',
    node: 'agent',
    message: { type: 'ai', id: 'a', content: '', ...(name === undefined ? {} : { name }) },
    ...(metadata === undefined ? {} : { metadata }),
  });
  const base = { ns: 'sub:1', node: 'agent', messageId: 'a', content: '' };

  test.each<[EventBody, object]>([
    [begun(undefined), base],
    [begun({}), base],
    [begun({ langgraph_checkpoint_ns: 'agent' }), base],
    [begun({ langgraph_checkpoint_ns: 7 }), base],
    [begun({ langgraph_checkpoint_ns: 'agent:task-1' }), { ...base, taskId: 'task-1' }],
    [begun({ langgraph_checkpoint_ns: 'sub:1|agent:task-2' }), { ...base, taskId: 'task-2' }],
    [begun({}, 'Ada'), { ...base, name: 'Ada' }],
    [begun({}, null), base],
    // Of what a node hands over whole the task says nothing: it is no call of a model that a later one of the
    // task replaces.
    [
      { ...begun({ langgraph_checkpoint_ns: 'agent:task-1' }), whole: 'all' } as EventBody,
      { ...base, content: 'all' },
    ],
  ])('%j', (event, expected) => {
    expect(partialsFromLog([event])).toStrictEqual([expected]);
  });
});
