import { expect, test } from 'vitest';
import type { RunId } from '../../../src/domain/ids.ts';
import type { FollowedBody } from '../../../src/orchestrator/ports/subscriptions.ts';
import type { StreamView } from '../../../src/rest/streaming/requested-stream.ts';
import { RunEvents } from '../../../src/rest/streaming/run-events.ts';

/** What a stream says of one row with the seq 7. */
function told(view: Partial<StreamView>, body: FollowedBody): unknown[] {
  const events = new RunEvents({ modes: [], subgraphs: false, ...view });
  const row = { cursor: '', seq: 7, createdAt: new Date(0), runId: 'run' as RunId, body };
  return events.of(row).map(({ event, data, place }) => [`${place.seq}-${place.part}`, event, data]);
}

test('what a node says for itself comes as it said it, a subgraph’s only to those who ask', () => {
  const root: FollowedBody = { kind: 'CUSTOM', ns: '', node: 'n', data: { half: 'done' } };
  const inner: FollowedBody = { ...root, ns: 'outer:1|inner:2' };

  expect(told({ modes: ['custom'] }, root)).toEqual([['7-1', 'custom', { half: 'done' }]]);
  expect(told({ modes: ['values'] }, root)).toEqual([]);
  expect(told({ modes: ['custom'] }, inner)).toEqual([]);
  expect(told({ modes: ['custom'], subgraphs: true }, inner)).toEqual([
    ['7-1', 'custom|outer:1|inner:2', { half: 'done' }],
  ]);
});

test('tools are told from the callbacks of tools, beside the events themselves', () => {
  const callback = (
    event: string,
    data: Record<string, string | { tool_call_id: string }>,
  ): FollowedBody => ({
    kind: 'EVENTS',
    data: { event, name: 'look', data },
  });

  expect(told({ modes: ['tools'] }, callback('on_tool_start', { input: 'x' }))).toEqual([
    ['7-2', 'tools', { event: 'on_tool_start', name: 'look', input: 'x' }],
  ]);
  const end = callback('on_tool_end', { output: { tool_call_id: 'call-1' } });
  expect(told({ modes: ['tools', 'events'] }, end)).toEqual([
    ['7-1', 'events', { event: 'on_tool_end', name: 'look', data: { output: { tool_call_id: 'call-1' } } }],
    [
      '7-2',
      'tools',
      { event: 'on_tool_end', name: 'look', toolCallId: 'call-1', output: { tool_call_id: 'call-1' } },
    ],
  ]);
  expect(told({ modes: ['tools'] }, callback('on_chain_end', {}))).toEqual([]);
});

test('an interrupt is told as the protocol has it, among updates', () => {
  const paused: FollowedBody = {
    kind: 'UPDATES',
    ns: '',
    node: '__interrupt__',
    update: [{ id: 'i', value: 'sure?', when: 'during', resumable: true }],
  };

  expect(told({ modes: ['updates'] }, paused)).toEqual([
    ['7-1', 'updates', { __interrupt__: [{ id: 'i', value: 'sure?' }] }],
  ]);
});

test('a takeover says metadata again, with its attempt', () => {
  expect(told({ modes: ['values'] }, { kind: 'RUN_RESUMED', attempt: 2 })).toEqual([
    ['7-0', 'metadata', { run_id: 'run', attempt: 2 }],
  ]);
});
