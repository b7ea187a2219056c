import { describe, expect, test } from 'vitest';
import type { RunId } from '../../src/domain/ids.ts';
import { raiseStop, type StopAction, type StopRequest } from '../../src/domain/run.ts';

const request = (action: StopAction, by: string): StopRequest => ({
  action,
  reason: 'SUPERSEDED',
  by: by as RunId,
  keepPartialOutput: true,
});

describe('a stop request', () => {
  test('stands where there was none', () => {
    const first = request('INTERRUPT', 'a');

    expect(raiseStop(null, first)).toBe(first);
  });

  test('is raised from INTERRUPT to ROLLBACK', () => {
    const raised = request('ROLLBACK', 'b');

    expect(raiseStop(request('INTERRUPT', 'a'), raised)).toBe(raised);
  });

  test.each([
    ['INTERRUPT', 'INTERRUPT'],
    ['ROLLBACK', 'INTERRUPT'],
    ['ROLLBACK', 'ROLLBACK'],
  ] as const)('of %s is not replaced by a later %s', (action, later) => {
    const standing = request(action, 'a');

    expect(raiseStop(standing, request(later, 'b'))).toBe(standing);
  });
});
