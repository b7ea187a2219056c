import { describe, expect, test } from 'vitest';
import { defaultAssistantId } from '../../src/domain/ids.ts';
import { claimableAt, expiryOf, restingStatusAfter, threadStatus } from '../../src/domain/thread.ts';

describe('a thread', () => {
  test.each([
    ['COMPLETED', 'SUCCESS', 'IDLE'],
    ['AWAITING_HUMAN', 'SUCCESS', 'INTERRUPTED'],
    ['SUPERSEDED', 'INTERRUPTED', 'IDLE'],
    ['CANCELLED', 'INTERRUPTED', 'IDLE'],
    ['FAILED', 'ERROR', 'ERROR'],
    ['WORKER_LOST', 'ERROR', 'ERROR'],
    ['TIMED_OUT', 'TIMEOUT', 'ERROR'],
  ] as const)('rests after a run that ended %s (%s) as %s', (endReason, status, resting) => {
    expect(restingStatusAfter({ status, endReason, headAfter: 'own' }, 'INTERRUPTED')).toBe(resting);
  });

  test.each([
    ['INTERRUPTED', 'INTERRUPTED'],
    ['ERROR', 'IDLE'],
    ['IDLE', 'IDLE'],
  ] as const)(
    'that rested as %s rests as %s after a run that was stopped before it did anything',
    (before, after) => {
      expect(
        restingStatusAfter({ status: 'INTERRUPTED', endReason: 'CANCELLED', headAfter: null }, before),
      ).toBe(after);
    },
  );

  test('is BUSY while any run is unfinished', () => {
    expect(threadStatus(['one'], 'ERROR')).toBe('BUSY');
    expect(threadStatus([], 'ERROR')).toBe('ERROR');
  });

  test('is claimable when its first waiting run is due', () => {
    const waits = (at: number) => ({ status: 'PENDING', availableAt: new Date(at) }) as const;
    expect(claimableAt([waits(50), waits(20)])).toEqual(new Date(20));
  });

  test('is not claimable while a run of it is RUNNING', () => {
    expect(
      claimableAt([
        { status: 'RUNNING', availableAt: new Date(1) },
        { status: 'PENDING', availableAt: new Date(2) },
      ]),
    ).toBeNull();
    expect(claimableAt([])).toBeNull();
  });

  test('is claimable for its waiting runs alone', () => {
    const ended = { status: 'SUCCESS', availableAt: new Date(1) } as const;

    expect(claimableAt([ended, { status: 'PENDING', availableAt: new Date(2) }])).toEqual(new Date(2));
    expect(claimableAt([ended])).toBeNull();
  });

  test('expires when its time to live is over, to the millisecond', () => {
    expect(expiryOf({ strategy: 'DELETE', minutes: 1.5 }, new Date(1_000))).toEqual(new Date(91_000));
    expect(expiryOf({ strategy: 'DELETE', minutes: 1 / 700_000 }, new Date(1_000))).toEqual(new Date(1_000));
    expect(expiryOf(null, new Date(1_000))).toBeNull();
  });
});

test.each([
  ['agent', 'fe096781-5601-53d2-b2f6-0d3403f7e9ca'],
  ['weather', '5fb44052-6611-57fc-99b4-527b0d62f788'],
  ['simple_runtime', '14c4a82c-001b-58a5-bc2a-f4f16ddcb167'],
  ['my_graph', 'f367d8bf-9aa2-5c60-a4b7-6b017b9bd1dd'],
])('the default assistant of %s has the id that the LangGraph protocol derives', (graph, expected) => {
  expect(defaultAssistantId(graph)).toBe(expected);
});
