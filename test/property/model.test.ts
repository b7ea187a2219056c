import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import type { Service } from '../../src/service.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { IN_CALL_ORDER, startTestService } from '../support/service.ts';
import { testedDatabase } from '../support/test-database.ts';
import { DELAY_SECONDS, ModelThread } from './model-world.ts';
import type { RefRun } from './reference-model.ts';

const THREADS = 2;
const YEAR_MS = 365 * 24 * 60 * 60 * 1_000;
/**
 * How many sequences are played: as many as the variable says, for a long series by hand; otherwise some,
 * within a time that every CI run has.
 */
const ASKED = process.env['INTERJECT_TEST_MODEL_RUNS'];
const EXTENT =
  ASKED === undefined
    ? {
        postgres: { numRuns: 25, interruptAfterTimeLimit: 20_000 },
        sqlite: { numRuns: 100, interruptAfterTimeLimit: 40_000 },
      }[testedDatabase]
    : { numRuns: Number(ASKED) };
const clock = new AdvancingClock();
let service: Service;

beforeAll(async () => {
  // Time goes in leaps here: no lease may end by that.
  service = await startTestService({ clock, config: IN_CALL_ORDER, options: { leaseMs: YEAR_MS } });
});
afterAll(() => service.stop('The tests are over'));

const pick = fc.nat({ max: 11 });
const thread = fc.nat({ max: THREADS - 1 });
const strategy = fc.constantFrom('REJECT', 'ENQUEUE', 'ENQUEUE', 'INTERRUPT', 'INTERRUPT', 'ROLLBACK');
const cancel = fc.record({ pick, action: fc.constantFrom('INTERRUPT', 'ROLLBACK') });
const create = fc.record({
  strategy,
  keepPartialOutput: fc.boolean(),
  keepPendingInput: fc.boolean(),
  isDelayed: fc.constantFrom(false, false, false, true),
});
type Cancel = typeof cancel extends fc.Arbitrary<infer T> ? T : never;
type Create = typeof create extends fc.Arbitrary<infer T> ? T : never;
const decision = fc.constantFrom('FINISH', 'FAIL', 'PAUSE', 'PAUSE');
const one = <T>(arbitrary: fc.Arbitrary<T>) => fc.array(arbitrary, { minLength: 1, maxLength: 1 });
const none = fc.constant(undefined).map(() => []);
const commands = (cancels: fc.Arbitrary<Cancel[]>, creates: fc.Arbitrary<Create[]>) =>
  fc.record({ do: fc.constant('commands'), thread, cancels, creates });
const action = fc.oneof(
  { weight: 6, arbitrary: commands(none, one(create)) },
  { weight: 3, arbitrary: commands(one(cancel), none) },
  {
    weight: 3,
    arbitrary: commands(fc.array(cancel, { maxLength: 1 }), fc.array(create, { minLength: 1, maxLength: 3 })),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('settle'), thread, decision }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('resume'), thread, strategy }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('update'), thread }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('join'), thread, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('repeat'), thread, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete'), thread, pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait') }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

const isUnfinished = (run: RefRun): boolean => run.endReason === null;

/** The label of one of the thread's runs: mostly of those that are not over. */
function choose({ reference }: ModelThread, number: number): string | undefined {
  const unfinished = reference.runs.filter(isUnfinished);
  const from = unfinished.length > 0 && number % 4 > 0 ? unfinished : reference.runs;
  return from[number % from.length]?.label;
}

async function perform(threads: readonly ModelThread[], step: Action, index: number): Promise<void> {
  if (step.do === 'wait') {
    await clock.advance((DELAY_SECONDS + 1) * 1_000);
    for (const every of threads) every.becomeDue();
    return;
  }
  const on = threads[step.thread]!;
  const label = `r${index}`;
  const chosen = 'pick' in step ? choose(on, step.pick) : undefined;
  switch (step.do) {
    case 'commands': {
      const cancels = step.cancels.flatMap(({ pick: number, action: how }) => {
        const victim = choose(on, number);
        return victim === undefined ? [] : [{ label: victim, action: how }];
      });
      return on.burst(
        cancels,
        step.creates.map((run, number) => ({ ...run, label: `${label}.${number}`, isResume: false })),
      );
    }
    case 'settle':
      return on.decide(step.decision);
    case 'resume':
      return on.resume({
        label,
        strategy: step.strategy,
        keepPartialOutput: true,
        keepPendingInput: true,
        isDelayed: false,
        isResume: true,
      });
    case 'update':
      return on.updateState(label);
    case 'join':
      return chosen === undefined ? undefined : on.join(chosen);
    case 'repeat':
      return chosen === undefined ? undefined : on.repeat(chosen);
    case 'delete':
      return chosen === undefined ? undefined : on.deleteRun(chosen);
  }
}

test('any sequence of commands leaves each thread as the reference model says', {
  timeout: ASKED === undefined ? 120_000 : 0,
}, async () => {
  const reconnectAfter = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(action, { minLength: 5, maxLength: 40, size: 'max' }),
      reconnectAfter,
      async (actions, reconnects) => {
        const threads: ModelThread[] = [];
        for (let count = 0; count < THREADS; count += 1)
          threads.push(await ModelThread.create(service.orchestrator, clock, reconnects));
        try {
          for (const [index, step] of actions.entries()) {
            await perform(threads, step, index);
            for (const touched of 'thread' in step ? [threads[step.thread]!] : threads) await touched.check();
          }
          for (const every of threads) await every.finish();
        } finally {
          for (const every of threads) await every.leave();
        }
      },
    ),
    EXTENT,
  );
});
