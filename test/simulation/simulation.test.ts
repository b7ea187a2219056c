import { describe, expect, test } from 'vitest';
import { playHistory } from './history.ts';
import { planOf } from './plan.ts';
import type { PlantedBugs } from './planted-bugs.ts';
import { seedOf } from './random.ts';
import { tellFailure } from './report.ts';
import { type Failure, playSeries, Tally } from './series.ts';
import { shrink } from './shrink.ts';

const SERIES = 20_261_126;
/** Enough to make a history smaller; the smallest takes longer. */
const MAX_TRIES = 40;

test('a thousand histories of crashes, pauses, faults and lost signals violate no invariant', {
  timeout: 300_000,
}, async () => {
  const tally = new Tally();
  const told: string[] = [];

  await playSeries({ series: SERIES, first: 0, stride: 1, end: 1_000 }, tally, (failure) => {
    told.push(`seed ${failure.seed}: ${failure.violations[0]?.invariant} ${failure.violations[0]?.message}`);
    return true;
  });

  expect(told).toEqual([]);
  expect(tally.histories).toBe(1_000);
  const faults = ['FAIL_BEFORE', 'FAIL_AT_COMMIT', 'FAIL_AFTER', 'DELAY'].map((kind) => `faults: ${kind}`);
  const troubles = ['kill', 'pause', 'terminate', 'resync'].map((kind) => `troubles: ${kind}`);
  for (const kind of [...faults, ...troubles, 'signalsLost', 'signalsRepeated'])
    expect(tally.sums.get(kind), `how often in a thousand histories: ${kind}`).toBeGreaterThan(20);
});

test('one seed is one history: played again it goes the same way, step by step', {
  timeout: 120_000,
}, async () => {
  for (let index = 0; index < 10; index += 1) {
    const plan = planOf(seedOf(SERIES, index));

    const first = await playHistory(plan, { trace: true });
    const again = await playHistory(planOf(seedOf(SERIES, index)), { trace: true });

    expect(again.trace).toEqual(first.trace);
    expect(again.hash).toBe(first.hash);
    expect(again.counts).toEqual(first.counts);
  }
});

/** The first history of the series, from the `first`th on, that violates something. */
async function firstFailure(bugs: PlantedBugs, first: number): Promise<Failure> {
  let found: Failure | null = null;
  await playSeries(
    { series: SERIES, first, stride: 1, end: 1_000 },
    new Tally(),
    (failure) => {
      found = failure;
      return false;
    },
    { bugs },
  );
  if (found === null) throw new Error(`A thousand histories show nothing of ${JSON.stringify(bugs)}`);
  return found;
}

describe('a planted bug is found, its seed shows it again, and it is shown by a smaller history', {
  timeout: 300_000,
}, () => {
  // The numbers: from where on this series shows it soon.
  test.each<[keyof PlantedBugs, number, readonly string[]]>([
    ['noThreadLock', 0, ['I1', 'I2', 'I3', 'I4', 'I7']],
    ['noFence', 0, ['I8']],
    ['publishBeforeCommit', 0, ['I7']],
    ['lostWakeUp', 0, ['I3']],
    ['settleTwice', 20, ['I3']],
  ])('%s', async (bug, first, invariants) => {
    const options = { bugs: { [bug]: true } };
    const failure = await firstFailure(options.bugs, first);
    const plan = planOf(failure.seed);

    const again = await playHistory(plan, options);
    const shrunk = await shrink(plan, failure.violations, { ...options, maxTries: MAX_TRIES });
    const withoutBug = await playHistory(shrunk.plan);

    expect(invariants).toContain(failure.violations[0]?.invariant);
    expect(again.violations.map(({ invariant }) => invariant)).toEqual(
      failure.violations.map(({ invariant }) => invariant),
    );
    expect(shrunk.violations[0]?.invariant).toBe(failure.violations[0]?.invariant);
    expect(sizeOf(shrunk.plan)).toBeLessThan(sizeOf(plan));
    expect(withoutBug.violations).toEqual([]);
  });

  test('what is told of it names the seed, how to play it again, and the smaller history', async () => {
    const options = { bugs: { publishBeforeCommit: true } };
    const failure = await firstFailure(options.bugs, 0);

    const told = await tellFailure(
      failure,
      { ...options, maxTries: MAX_TRIES },
      `npm run simulate -- --replay ${failure.seed}`,
    );

    expect(told).toContain(`seed ${failure.seed}`);
    expect(told).toContain(`--replay ${failure.seed}`);
    expect(told).toMatch(/I7: P\d published \w+ \(seq \d+\), which was not committed/);
    expect(told).toMatch(/The smallest plan found that violates I7/);
    expect(told).toMatch(/^\d+\. \d+ ms, P\d: begin$/m);
  });
});

const sizeOf = ({ actions, troubles, faults, processes }: ReturnType<typeof planOf>): number =>
  actions.length + troubles.length + faults.length + processes.length;
