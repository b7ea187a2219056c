import type { RunFailure } from '../domain/run.ts';
import { toJson } from './to-json.ts';

/** What a graph threw, as the run's failure: the error's own name, else its class's. */
export function toRunFailure(thrown: unknown): RunFailure {
  if (!(thrown instanceof Error)) return { name: 'Error', message: typeof thrown === 'string' ? thrown : JSON.stringify(toJson(thrown)) };
  const named = thrown.name !== '' && thrown.name !== 'Error';
  return { name: named ? thrown.name : (thrown.constructor?.name ?? 'Error'), message: thrown.message };
}

/** The same for what was thrown outside of the graph's nodes, with its stack: nothing else says where it came from. */
export function toUncaughtFailure(thrown: unknown): RunFailure {
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return { ...toRunFailure(thrown), ...(stack === undefined ? {} : { stack }) };
}
