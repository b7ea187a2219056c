import type { Violation } from '../chaos/history/observed.ts';
import { type HistoryOptions, playHistory } from './history.ts';
import type { Plan } from './plan.ts';

/** Histories that are played at most while a smaller one is looked for, unless a caller says otherwise. */
const MAX_TRIES = 400;
/**
 * A smaller plan takes other steps, so it is tried in a few orders before it counts as one that shows
 * nothing.
 */
const ORDERS = 6;

export type Shrunk = {
  readonly plan: Plan;
  readonly violations: readonly Violation[];
  readonly tries: number;
};

/**
 * Looks for a smaller plan that violates the same invariant as `plan` does: without some of its actions,
 * troubles, faults, processes, with signals that all arrive. Deterministic. The plan itself where none is
 * smaller.
 */
export async function shrink(
  plan: Plan,
  violations: readonly Violation[],
  { maxTries = MAX_TRIES, ...options }: HistoryOptions & { readonly maxTries?: number } = {},
): Promise<Shrunk> {
  const invariant = violations[0]?.invariant;
  let smallest: Shrunk = { plan, violations, tries: 0 };
  let tries = 0;
  const isSmaller = async (candidate: Plan): Promise<boolean> => {
    for (let order = 0; order < ORDERS && tries < maxTries; order += 1) {
      tries += 1;
      const ordered = { ...candidate, order: (candidate.order + order) >>> 0 };
      const outcome = await playHistory(ordered, options);
      const same = outcome.violations.filter((violation) => violation.invariant === invariant);
      if (same.length > 0) {
        smallest = { plan: ordered, violations: same, tries };
        return true;
      }
    }
    return false;
  };
  for (let found = true; found && tries < maxTries; ) {
    found = false;
    for (const smaller of REDUCTIONS) {
      for (let at = 0; tries < maxTries; ) {
        const candidate = smaller(smallest.plan, at);
        if (candidate === null) break;
        if (await isSmaller(candidate)) found = true;
        else at += 1;
      }
    }
  }
  return { ...smallest, tries };
}

/** A plan that is smaller by its `at`th part of a kind; null: there are no more of them. */
type Reduction = (plan: Plan, at: number) => Plan | null;

const REDUCTIONS: readonly Reduction[] = [
  (plan, at) => {
    const half = Math.ceil(plan.actions.length / 2);
    if (at > 1 || half < 2) return null;
    return { ...plan, actions: at === 0 ? plan.actions.slice(0, half) : plan.actions.slice(half) };
  },
  (plan, at) => without(plan, 'faults', at),
  (plan, at) => without(plan, 'troubles', at),
  (plan, at) => without(plan, 'actions', plan.actions.length - 1 - at),
  (plan, at) =>
    plan.processes.length === 1 ? null : without(plan, 'processes', plan.processes.length - 1 - at),
  ({ signals, ...plan }, at) => {
    const kind = (['lose', 'repeat', 'delay'] as const).filter((one) => signals[one] > 0)[at];
    return kind === undefined ? null : { ...plan, signals: { ...signals, [kind]: 0 } };
  },
  (plan, at) => {
    const skewed = plan.processes.findIndex(({ skewMs }) => skewMs !== 0);
    return skewed === -1 || at > 0
      ? null
      : { ...plan, processes: plan.processes.map((one) => ({ ...one, skewMs: 0 })) };
  },
];

function without(plan: Plan, kind: 'actions' | 'troubles' | 'faults' | 'processes', at: number): Plan | null {
  const list: readonly unknown[] = plan[kind];
  return at < 0 || at >= list.length ? null : { ...plan, [kind]: list.filter((_, index) => index !== at) };
}
