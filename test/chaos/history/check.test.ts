import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findViolations } from './check.ts';
import { ModelHistory } from './model-history.ts';

const strategy = fc.constantFrom('REJECT', 'ENQUEUE', 'INTERRUPT', 'ROLLBACK');
const manner = fc.record({ lost: fc.boolean(), tookMs: fc.nat({ max: 6 }) });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('create'), strategy, manner, keyed: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat'), manner }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('cancel'),
      pick: fc.nat(),
      action: fc.constantFrom('INTERRUPT', 'ROLLBACK'),
      manner,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), pick: fc.nat(), manner }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join'), pick: fc.nat(), manner }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('start') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('stream') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('takeOver') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle') }) },
);

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play(steps: readonly Step[]): ModelHistory {
  const model = new ModelHistory();
  let last: { label: string; strategy: 'REJECT' | 'ENQUEUE' | 'INTERRUPT' | 'ROLLBACK'; key: string } | null =
    null;
  for (const [index, taken] of steps.entries()) {
    const runId = 'pick' in taken ? model.runs[taken.pick % model.runs.length]?.id : undefined;
    if (taken.do === 'create') {
      const request = { label: `r${index}`, strategy: taken.strategy, key: `key-${index}` };
      if (taken.keyed) last = request;
      model.createRun(request.label, request.strategy, {
        ...taken.manner,
        key: taken.keyed ? request.key : null,
      });
    } else if (taken.do === 'repeat') {
      if (last !== null)
        model.createRun(last.label, last.strategy, { ...taken.manner, key: last.key, client: 'client-2' });
    } else if (taken.do === 'cancel') {
      if (runId !== undefined) model.cancelRun(runId, taken.action, taken.manner);
    } else if (taken.do === 'delete') {
      if (runId !== undefined) model.deleteRun(runId, taken.manner);
    } else if (taken.do === 'join') {
      if (runId !== undefined) model.joinRun(runId, taken.manner);
    } else model[taken.do]();
  }
  return model;
}

describe('the history checker', () => {
  test('accepts every history of a service that keeps the invariants, answers lost or not', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        expect(findViolations(play(steps).observe())).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });
});
