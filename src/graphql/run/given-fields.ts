import type { CreateRun } from '../../orchestrator/orchestrator.ts';

type Field = 'input' | 'config' | 'context' | 'metadata' | 'interruptBefore' | 'interruptAfter';
type Given = { readonly [K in Field]?: CreateRun[K] | null };

/** What every way to ask for a run takes, as the orchestrator takes it: null counts as not given. */
export const givenFields = (given: Given) => ({
  input: given.input ?? undefined,
  config: given.config ?? undefined,
  context: given.context ?? undefined,
  metadata: given.metadata ?? undefined,
  interruptBefore: given.interruptBefore ?? undefined,
  interruptAfter: given.interruptAfter ?? undefined,
});
