import type { Run } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RunDeps } from '../context.ts';
import type { ValidationIssue } from '../ports/graph-host.ts';
import type {
  CreateRun,
  CreateRunOutcome,
  CreateStatelessRun,
  CreateStatelessRunsOutcome,
} from '../requests.ts';
import { type AdmittedRuns, admitRuns, type RefusedRun } from './admit-runs.ts';
import { type KnownForRun, type PreparedRun, prepareOnNewThread, prepareRun } from './prepare-run.ts';
import { issue, metadataSizeIssues } from './validation.ts';

/** Checks the run, then stores it or refuses it: see admitRuns. */
export async function createRun(
  deps: RunDeps,
  command: CreateRun,
  known: KnownForRun = {},
): Promise<CreateRunOutcome> {
  const tooLarge = metadataSizeIssues(command, deps.options.limits);
  if (tooLarge.length > 0) return { kind: 'invalid', issues: tooLarge };
  const prepared = await prepareRun(deps, command, known);
  if (prepared.kind !== 'prepared') return prepared;
  const thread = known.thread ?? (await deps.store.reads.thread(command.owner, prepared.request.threadId));
  const damage = thread === null ? null : await damageOf(deps, thread, command.checkpointId);
  if (damage !== null)
    return {
      kind: 'invalid',
      issues: [issue(command.checkpointId === undefined ? '' : 'checkpointId', damage)],
    };
  const admitted = await admitRuns(deps, [{ ...prepared.request, thread }]);
  if ('refusal' in admitted) return admitted.refusal;
  return { kind: 'ok', value: admitted.runs[0] as Run, ...prepared.ignored }; // one for one
}

/** Why the checkpoint that the run would start from can't be read; null: it can, or there is none. */
async function damageOf(
  { checkpoints }: RunDeps,
  { id, stateVersion }: Thread,
  checkpointId: string | undefined,
): Promise<string | null> {
  if (stateVersion === 0) return null;
  const damaged = await checkpoints.damage(id, '', checkpointId ?? null);
  return damaged === null
    ? null
    : `${damaged.message}; start from an intact checkpoint of the thread's history (checkpointId)`;
}

/** Runs that one command may ask for. */
const MAX_RUNS = 1_000;

/** A run on a thread of its own. Refused: neither is stored. */
export async function createStatelessRun(
  deps: RunDeps,
  command: CreateStatelessRun,
): Promise<CreateRunOutcome> {
  const started = await startOnNewThreads(deps, [command]);
  if ('refusal' in started) return started.refusal;
  return { kind: 'ok', value: started.runs[0] as Run, ...started.ignored[0] }; // one for one
}

/**
 * All of the runs or none, in their order: all are checked before the first is stored. The refusal says which
 * run it is about.
 */
export async function createStatelessRuns(
  deps: RunDeps,
  commands: readonly CreateStatelessRun[],
): Promise<CreateStatelessRunsOutcome> {
  if (commands.length === 0 || commands.length > MAX_RUNS)
    return {
      kind: 'invalid',
      issues: [issue('runs', `must contain 1 to ${MAX_RUNS} runs (got ${commands.length})`)],
    };
  const started = await startOnNewThreads(deps, commands);
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

/** `ignored`: one for each run. */
type Started = AdmittedRuns & { readonly ignored: readonly PreparedRun['ignored'][] };

async function startOnNewThreads(
  deps: RunDeps,
  commands: readonly CreateStatelessRun[],
): Promise<Started | RefusedRun> {
  const prepared: PreparedRun[] = [];
  for (const [index, { keepThread, ...command }] of commands.entries()) {
    const tooLarge = metadataSizeIssues(command, deps.options.limits);
    if (tooLarge.length > 0) return { index, refusal: { kind: 'invalid', issues: tooLarge } };
    const run = await prepareOnNewThread(
      deps,
      { ...command, strategy: 'ENQUEUE' },
      { temporary: !keepThread },
    );
    if (run.kind !== 'prepared') return { index, refusal: run };
    prepared.push(run);
  }
  const admitted = await admitRuns(
    deps,
    prepared.map(({ request }) => request),
  );
  return 'refusal' in admitted ? admitted : { ...admitted, ignored: prepared.map(({ ignored }) => ignored) };
}
