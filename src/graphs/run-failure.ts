import type { RunFailure } from '../domain/run.ts';
import { describeThrown } from '../domain/thrown.ts';

/** What a graph threw, as the run's failure: the error's own name, else its class's. */
export function toRunFailure(thrown: unknown): RunFailure {
  const { name, message } = describeThrown(thrown);
  return { name, message };
}

/** The same for what was thrown outside of the graph's nodes, with its stack: nothing else says where it came from. */
export function toUncaughtFailure(thrown: unknown): RunFailure {
  const { name, message, stack } = describeThrown(thrown);
  return { name, message, ...(stack === undefined ? {} : { stack }) };
}
