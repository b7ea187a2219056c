import type { Violation } from '../chaos/history/observed.ts';
import { type HistoryOptions, playHistory } from './history.ts';
import { type Plan, planOf } from './plan.ts';
import type { Failure, Tally } from './series.ts';
import { shrink } from './shrink.ts';

/**
 * A violation for whoever has to understand it: what was violated, how to play it again, and the smallest
 * history found that shows it.
 */
export async function tellFailure(
  { seed, violations }: Failure,
  { maxTries, ...options }: HistoryOptions & { readonly maxTries?: number },
  replay: string,
): Promise<string> {
  const shrunk = await shrink(planOf(seed), violations, {
    ...options,
    ...(maxTries === undefined ? {} : { maxTries }),
  });
  const { trace } = await playHistory(shrunk.plan, { ...options, trace: true });
  return [
    `VIOLATION in the history of seed ${seed}:`,
    ...violations.slice(0, 5).map(tell),
    `Play it again with: ${replay}`,
    `The smallest plan found that violates ${violations[0]?.invariant} (of ${shrunk.tries} that were tried):`,
    ...tellPlan(shrunk.plan),
    ...shrunk.violations.slice(0, 3).map(tell),
    'Its steps up to there:',
    ...stepsBefore(trace, shrunk.violations[0]),
  ].join('\n');
}

const MAX_TRACE = 150;

/**
 * The last steps before a violation that was seen as it happened; of others, which the end showed, the last
 * ones of all.
 */
function stepsBefore(trace: readonly string[], violation: Violation | undefined): readonly string[] {
  const step = /\(step (\d+)\)$/.exec(violation?.message ?? '')?.[1];
  return (step === undefined ? trace : trace.slice(0, Number(step))).slice(-MAX_TRACE);
}

const tell = ({ invariant, message }: Violation): string => `  ${invariant}: ${message}`;

export function tellPlan({ actions, troubles, faults, ...rest }: Plan): string[] {
  return [
    `  ${JSON.stringify(rest)}`,
    ...actions.map(({ atMs, client, action }) => `  ${atMs} ms, C${client}: ${JSON.stringify(action)}`),
    ...troubles.map((trouble) => `  before step ${trouble.atStep}: ${JSON.stringify(trouble)}`),
    ...faults.map(
      ({ among, at, fault }) =>
        `  at number ${at} of the ${among === 'CALLS' ? 'port calls' : 'writes'}: ${JSON.stringify(fault)}`,
    ),
  ];
}

export function tellTally({ histories, sums }: Tally, seconds: number): string {
  const lines = [...sums].map(([name, value]) => `  ${name}: ${value.toLocaleString('en')}`);
  return [`${histories.toLocaleString('en')} histories in ${seconds.toFixed(1)} s`, ...lines].join('\n');
}
