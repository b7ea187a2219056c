import { newThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { RunDeps } from '../context.ts';
import type { Signal } from '../ports/environment.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import type { Tx } from '../ports/store.ts';
import type { CreateRunOutcome, CreateStatelessRun, CreateStatelessRunsOutcome } from '../requests.ts';
import { admitRun, type PreparedRun, prepareRun, resumableOfNewThread } from './create-run.ts';
import { newThread } from './threads.ts';
import { issue, metadataSizeIssues } from './validation.ts';

export type RunRefusal = Exclude<CreateRunOutcome, { kind: 'ok' }>;

/** Rolls the transaction back: a run that is refused must not leave its thread behind, nor the runs that were admitted with it. */
export class RunRefused extends Error {
  readonly refusal: RunRefusal;
  constructor(refusal: RunRefusal) {
    super(`The run was refused: ${refusal.kind}`);
    this.refusal = refusal;
  }
}

/** What the thread is made with; a temporary one is discarded after its run. */
export type NewThreadFields = { readonly metadata: JsonObject; readonly temporary: boolean };

/** Stores the thread of a prepared run, and the run on it, within the caller's transaction. Signals are for the caller to send after the commit. Throws RunRefused. */
export async function admitOnNewThread(
  deps: RunDeps,
  tx: Tx,
  { request }: PreparedRun,
  { metadata, temporary }: NewThreadFields,
): Promise<{ readonly run: Run; readonly signals: readonly Signal[] }> {
  const { threadId: id, command } = request;
  const ttl = temporary ? null : deps.options.defaultTtl;
  if (!(await tx.threads.insert(newThread({ id, owner: command.owner, metadata, temporary, ttl }, tx.now))))
    throw new Error(`The new id ${id} is taken`);
  const { command: asked } = request.valid;
  const decided = await admitRun(deps, tx, request, asked === null || !('resume' in asked) ? null : resumableOfNewThread(asked));
  if (decided === 'STATE_CHANGED') throw new Error(`The run on the new thread ${id} was checked against another state`);
  if (decided.outcome.kind !== 'ok') throw new RunRefused(decided.outcome);
  return { run: decided.outcome.value, signals: decided.signals };
}

/** Runs that one command may ask for. */
const MAX_RUNS = 1_000;

/** A run on a thread of its own. Refused: neither is stored. */
export async function createStatelessRun(deps: RunDeps, command: CreateStatelessRun): Promise<CreateRunOutcome> {
  const started = await start(deps, [command]);
  if ('refusal' in started) return started.refusal;
  const [ignored = {}] = started.ignored;
  return { kind: 'ok', value: started.runs[0] as Run, ...ignored }; // one for one
}

/**
 * All of the runs or none, in their order: all are checked before the first is stored, one transaction stores them, and their signals go out after
 * its commit. The refusal says which run it is about.
 */
export async function createStatelessRuns(deps: RunDeps, commands: readonly CreateStatelessRun[]): Promise<CreateStatelessRunsOutcome> {
  if (commands.length === 0 || commands.length > MAX_RUNS)
    return { kind: 'invalid', issues: [issue('runs', `must contain 1 to ${MAX_RUNS} runs (got ${commands.length})`)] };
  const started = await start(deps, commands);
  if (!('refusal' in started)) {
    const ignored = started.ignored.flatMap((one, index) => inBatch(index, one.ignored ?? []));
    return { kind: 'ok', value: started.runs, ...(ignored.length > 0 ? { ignored } : {}) };
  }
  const { index, refusal } = started;
  if (refusal.kind === 'notFound') return { ...refusal, index };
  if (refusal.kind !== 'invalid') throw new Error(`A run on a new thread was refused: ${refusal.kind}`);
  return { kind: 'invalid', issues: inBatch(index, refusal.issues) };
}

const inBatch = (index: number, issues: readonly ValidationIssue[]): ValidationIssue[] =>
  issues.map(({ path, message }) => ({ path: ['runs', String(index), ...path], message }));

type Prepared = PreparedRun & { readonly keepThread: boolean };
/** `ignored`: one for each run. */
type Stored = { readonly runs: readonly Run[]; readonly ignored: readonly PreparedRun['ignored'][] };
type Started = Stored | { readonly index: number; readonly refusal: RunRefusal };

async function start(deps: RunDeps, commands: readonly CreateStatelessRun[]): Promise<Started> {
  const prepared: Prepared[] = [];
  for (const [index, { keepThread, ...command }] of commands.entries()) {
    const tooLarge = metadataSizeIssues(command, deps.options.limits);
    if (tooLarge.length > 0) return { index, refusal: { kind: 'invalid', issues: tooLarge } };
    const run = await prepareRun(deps, { ...command, threadId: newThreadId(), strategy: 'ENQUEUE' });
    if (run.kind !== 'prepared') return { index, refusal: run };
    prepared.push({ ...run, keepThread });
  }
  let index = 0;
  const admitAll = async (tx: Tx): Promise<{ readonly runs: readonly Run[]; readonly signals: readonly Signal[] }> => {
    const [runs, signals]: [Run[], Signal[]] = [[], []];
    for (index = 0; index < prepared.length; index += 1) {
      const run = prepared[index] as Prepared;
      const { assistant } = run.request;
      const metadata = { graph_id: assistant.graphId, assistant_id: assistant.id };
      const admitted = await admitOnNewThread(deps, tx, run, { metadata, temporary: !run.keepThread });
      runs.push(admitted.run);
      signals.push(...admitted.signals);
    }
    return { runs, signals };
  };
  try {
    const { runs, signals } = await deps.store.transaction(admitAll);
    for (const signal of signals) deps.signals.send(signal);
    return { runs, ignored: prepared.map(({ ignored }) => ignored) };
  } catch (error) {
    if (error instanceof RunRefused) return { index, refusal: error.refusal };
    throw error;
  }
}
