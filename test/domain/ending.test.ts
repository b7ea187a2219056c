import { describe, expect, test } from 'vitest';
import { decideEnding, type ExecutionEnd } from '../../src/domain/ending.ts';
import type { RunId } from '../../src/domain/ids.ts';
import type { StopRequest } from '../../src/domain/run.ts';

const by = 'the next run' as RunId;
const interrupt: StopRequest = { action: 'INTERRUPT', reason: 'SUPERSEDED', by, keepPartialOutput: true };
const cancel: StopRequest = { action: 'INTERRUPT', reason: 'CANCELLED', by: null, keepPartialOutput: true };
const rollback: StopRequest = { action: 'ROLLBACK', reason: 'SUPERSEDED', by, keepPartialOutput: true };

const finished: ExecutionEnd = { kind: 'finished', paused: false };
const paused: ExecutionEnd = { kind: 'finished', paused: true };
const failed: ExecutionEnd = { kind: 'failed', error: { name: 'CustomError', message: 'Boo!' } };
const aborted: ExecutionEnd = { kind: 'aborted' };
const lost: ExecutionEnd = { kind: 'lost', failures: 3 };

describe('how a run ends', () => {
  test.each([
    ['a graph that finished is COMPLETED', null, finished, false, 'SUCCESS', 'COMPLETED', false],
    ['a graph that paused is AWAITING_HUMAN', null, paused, false, 'SUCCESS', 'AWAITING_HUMAN', false],
    ['a graph that threw is FAILED', null, failed, false, 'ERROR', 'FAILED', false],
    [
      'a run whose time was over is TIMED_OUT and repaired',
      null,
      aborted,
      true,
      'TIMEOUT',
      'TIMED_OUT',
      true,
    ],
    [
      'a graph that threw because its time was over is TIMED_OUT',
      null,
      failed,
      true,
      'TIMEOUT',
      'TIMED_OUT',
      true,
    ],
    ['a run whose workers died is WORKER_LOST', null, lost, false, 'ERROR', 'WORKER_LOST', false],
    [
      'a superseded run is INTERRUPTED and repaired',
      interrupt,
      aborted,
      false,
      'INTERRUPTED',
      'SUPERSEDED',
      true,
    ],
    ['a cancelled run says so', cancel, aborted, false, 'INTERRUPTED', 'CANCELLED', true],
    [
      'whatever a stopped graph threw, it is INTERRUPTED',
      interrupt,
      failed,
      false,
      'INTERRUPTED',
      'SUPERSEDED',
      true,
    ],
    ['a stop wins over the deadline', interrupt, aborted, true, 'INTERRUPTED', 'SUPERSEDED', true],
    [
      'a stream that had ended by itself stays a SUCCESS',
      interrupt,
      finished,
      false,
      'SUCCESS',
      'COMPLETED',
      false,
    ],
    [
      'a stream that had ended by itself stays a SUCCESS when its time is over',
      null,
      finished,
      true,
      'SUCCESS',
      'COMPLETED',
      false,
    ],
    [
      'a stop wins over a pause, which is repaired',
      interrupt,
      paused,
      false,
      'INTERRUPTED',
      'SUPERSEDED',
      true,
    ],
    ['a cancellation wins over a pause', cancel, paused, false, 'INTERRUPTED', 'CANCELLED', true],
    ['the deadline wins over a pause, which is repaired', null, paused, true, 'TIMEOUT', 'TIMED_OUT', true],
    ['a stop wins over a pause and the deadline', cancel, paused, true, 'INTERRUPTED', 'CANCELLED', true],
  ] as const)('%s', (_name, stop, execution, timedOut, status, endReason, reconcile) => {
    expect(decideEnding(stop, execution, timedOut)).toMatchObject({
      kind: 'end',
      end: { status, endReason },
      reconcile,
    });
  });

  test.each([finished, paused, failed, aborted, lost])(
    'ROLLBACK removes the run after $kind',
    (execution) => {
      expect(decideEnding(rollback, execution, false)).toEqual({ kind: 'remove' });
    },
  );

  test('an aborted run that nobody asked to stop is not over', () => {
    expect(decideEnding(null, aborted, false)).toEqual({ kind: 'unfinished' });
  });

  test('a run whose workers died says how often', () => {
    expect(decideEnding(null, lost, false)).toMatchObject({
      end: { error: { name: 'WorkerLostError', message: expect.stringContaining(' 3 times') } },
    });
  });
});
