import type { LoggedEvent } from '../../src/domain/event.ts';
import type { ThreadId } from '../../src/domain/ids.ts';
import { textOf } from '../../src/domain/message.ts';
import type { Run, ThreadStatus } from '../../src/domain/run.ts';
import type { EventRow, FinalThread, Observed, Rows, RunRow, ThreadRow } from '../chaos/history/observed.ts';
import type { SimulatedClients } from './clients.ts';
import type { MemoryDatabase } from './memory-database.ts';
import type { ScriptState } from './script.ts';
import { findCheckpoint, headOf } from './thread-checkpoints.ts';
import type { Watch } from './watch.ts';

/** In what status a thread rested before its closing run. */
export type Rested = { readonly status: ThreadStatus; readonly lastSeq: number };

/** What a history shows in the end, as the checker of test/chaos/history takes it. */
export function observe(
  database: MemoryDatabase,
  clients: SimulatedClients,
  watch: Watch,
  rested: ReadonlyMap<ThreadId, Rested>,
): Observed {
  return {
    calls: clients.calls,
    subscriptions: clients.subscriptions,
    rows: rowsOf(database, watch),
    finals: [...database.threads.keys()].map((threadId) =>
      finalOf(database, clients, threadId, rested.get(threadId) ?? null),
    ),
  };
}

function rowsOf(database: MemoryDatabase, watch: Watch): Rows {
  const checkpoints = [...database.checkpoints].flatMap(([threadId, state]) =>
    state.checkpoints.map((one) => ({ threadId, ...one })),
  );
  const writes = [...database.checkpoints].flatMap(([threadId, state]) =>
    state.writes.map((one) => ({ threadId, ...one })),
  );
  return {
    threads: [...database.threads.values()].map(
      ({ id, status, nextSeq, claimableAt }): ThreadRow => ({
        id,
        status,
        nextSeq,
        claimableAtMs: claimableAt?.getTime() ?? null,
      }),
    ),
    runs: [...database.runs.values()].map((run) => rowOf(run, watch)),
    events: [...database.logs.values()].flat().map(factsOf),
    keys: [...database.keys].map(([name, { record }]) => ({
      key: (JSON.parse(name) as [string, string])[1],
      runId: record.runId,
    })),
    checkpoints: checkpoints.map(({ threadId, id, parentId, seq }) => ({ threadId, id, parentId, seq })),
    writers: [...checkpoints, ...writes].flatMap(({ threadId, runId }) =>
      runId === null ? [] : [{ threadId, runId }],
    ),
    heads: [...database.checkpoints].flatMap(([threadId, state]) => {
      const checkpointId = headOf(state);
      return checkpointId === null ? [] : [{ threadId, checkpointId }];
    }),
  };
}

/**
 * The steps at which it started and ended stand for the times: the clock goes on too seldom here to tell one
 * from the other.
 */
const rowOf = (run: Run, watch: Watch): RunRow => ({
  id: run.id,
  threadId: run.threadId,
  label: String(run.metadata['label']),
  key: null,
  status: run.status,
  endReason: run.endReason,
  position: run.position,
  attempt: run.attempt,
  stop: run.stop,
  supersededBy: run.supersededBy,
  headBefore: run.headBefore,
  headAfter: run.headAfter,
  carry: run.carry,
  startedAtMs: run.startedAt === null ? null : (watch.started.get(run.id) ?? null),
  finishedAtMs: run.finishedAt === null ? null : (watch.ended.get(run.id) ?? null),
});

function factsOf({ threadId, seq, runId, body }: LoggedEvent): EventRow {
  const facts = { threadId, seq, runId, kind: body.kind };
  if (body.kind === 'MESSAGE_DELTA') return { ...facts, messageId: body.messageId, text: body.text };
  if (body.kind === 'MESSAGE_COMPLETED')
    return { ...facts, messageId: body.message.id ?? '', text: textOf(body.message.content) };
  return body.kind === 'MESSAGES_RESET' ? { ...facts, checkpointId: body.checkpointId } : facts;
}

function finalOf(
  database: MemoryDatabase,
  clients: SimulatedClients,
  threadId: ThreadId,
  rested: Rested | null,
): FinalThread {
  const stored = database.checkpoints.get(threadId);
  const head = stored === undefined ? null : findCheckpoint(stored, '', null);
  const messages = (head?.checkpoint.channel_values as ScriptState | undefined)?.messages ?? [];
  const conversing = clients.followers.find(
    (follower) => follower.isConversing && follower.threadId === threadId,
  );
  return {
    threadId,
    state: head === null ? null : { checkpointId: head.id, next: [], messages },
    conversation: conversing?.conversation ?? [],
    rested,
  };
}
