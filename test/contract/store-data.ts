import type { EventDraft, LoggedEvent } from '../../src/domain/event.ts';
import {
  type AssistantId,
  DEFAULT_OWNER,
  defaultAssistantId,
  newRunId,
  newThreadId,
  type RunId,
} from '../../src/domain/ids.ts';
import type { Claim, Run } from '../../src/domain/run.ts';
import { DEFAULT_RUN_OPTIONS } from '../../src/domain/run-options.ts';
import type { Thread } from '../../src/domain/thread.ts';
import type { Store } from '../../src/orchestrator/ports/store.ts';

const at = new Date(Date.UTC(2026, 0, 1));

export const aThread = (over: Partial<Thread> = {}): Thread => ({
  id: newThreadId(),
  owner: DEFAULT_OWNER,
  status: 'IDLE',
  restingStatus: 'IDLE',
  metadata: {},
  graphId: null,
  nextSeq: 1,
  eventsFrom: 1,
  nextPosition: 1,
  stateVersion: 0,
  claimableAt: null,
  createdAt: at,
  updatedAt: at,
  stateUpdatedAt: at,
  temporary: false,
  discardAt: null,
  ttl: null,
  expiresAt: null,
  ...over,
});

export const aRun = (thread: Pick<Thread, 'id' | 'owner'>, over: Partial<Run> = {}): Run => ({
  id: newRunId(),
  threadId: thread.id,
  owner: thread.owner,
  assistantId: defaultAssistantId('agent') as AssistantId,
  graphId: 'agent',
  status: 'PENDING',
  endReason: null,
  error: null,
  strategy: 'ENQUEUE',
  input: { messages: [] },
  command: null,
  config: {},
  context: null,
  metadata: {},
  ...DEFAULT_RUN_OPTIONS,
  position: 1,
  attempt: 0,
  failures: 0,
  suspicion: 0,
  suspectOf: null,
  leaseOwner: null,
  leaseUntil: null,
  availableAt: at,
  timeoutMs: null,
  deadline: null,
  stop: null,
  supersededBy: null,
  carry: 'NONE',
  carriedBy: null,
  baseCheckpointId: null,
  headBefore: null,
  headAfter: null,
  threadStatusBefore: null,
  createdAt: at,
  updatedAt: at,
  startedAt: null,
  finishedAt: null,
  request: null,
  webhook: null,
  abandoned: [],
  ...over,
});

export const custom = (data: string | number, runId: RunId | null = null): EventDraft => ({
  runId,
  body: { kind: 'CUSTOM', ns: '', node: 'node', data },
});

export const claimOf = (run: Pick<Run, 'id' | 'threadId' | 'attempt'>): Claim => ({
  runId: run.id,
  threadId: run.threadId,
  attempt: run.attempt,
});

export const seqs = (events: readonly LoggedEvent[]): number[] => events.map((event) => event.seq);
export const later = (date: Date, ms: number): Date => new Date(date.getTime() + ms);

/** Stores a thread with these runs, in positions 1, 2, … unless they say otherwise. */
export async function given(
  store: Store,
  threadOver: Partial<Thread> = {},
  ...runs: Partial<Run>[]
): Promise<{ thread: Thread; runs: Run[] }> {
  const thread = aThread({ nextPosition: runs.length + 1, ...threadOver });
  const stored = runs.map((over, index) => aRun(thread, { position: index + 1, ...over }));
  await store.transaction(async (tx) => {
    await tx.threads.insert(thread);
    for (const run of stored) await tx.runs.insert(run);
  });
  return { thread, runs: stored };
}

/** A thread with one RUNNING run, and the claim of it. */
export async function givenRunning(store: Store): Promise<{ thread: Thread; run: Run; claim: Claim }> {
  const { thread, runs } = await given(store, {}, { status: 'RUNNING', attempt: 1 });
  const run = runs[0] as Run;
  return { thread, run, claim: claimOf(run) };
}
