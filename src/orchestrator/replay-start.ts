import type { ThreadId } from '../domain/ids.ts';
import type { Run } from '../domain/run.ts';
import type { Thread } from '../domain/thread.ts';
import type { Reads } from './ports/store.ts';

/** Runs that are looked at at a time, the newest first: most often the first one is it. */
const PAGE = 20;

/** See Queries.replayStart. */
export async function replayStart(
  reads: Pick<Reads, 'runs' | 'events' | 'activeRun' | 'lastSeq'>,
  thread: Thread,
  seq: number | null,
): Promise<number> {
  if (seq === null) {
    const active = await reads.activeRun(thread.id);
    const started = active === null ? null : await startOf(reads, active);
    if (started !== null) return started - 1;
    const [waiting] = await reads.runs({ threadId: thread.id, status: ['PENDING'], window: { limit: 1, inverted: true } });
    const end = (await reads.lastSeq(thread.id)) ?? 0;
    if (waiting !== undefined) return end;
    return lastStart(reads, thread.id, end);
  }
  return lastStart(reads, thread.id, seq);
}

/** Before the start of the last run that had started by `seq`; `seq` when there was none. */
async function lastStart(reads: Pick<Reads, 'runs' | 'events'>, threadId: ThreadId, seq: number): Promise<number> {
  for (let before: number | undefined; ; ) {
    const runs = await reads.runs({ threadId, window: { limit: PAGE, inverted: true, ...(before === undefined ? {} : { before }) } });
    for (const run of runs) {
      const started = run.startedAt === null ? null : await startOf(reads, run);
      if (started !== null && started <= seq) return started - 1;
    }
    const last = runs.at(-1);
    if (runs.length < PAGE || last === undefined) return seq;
    before = last.position;
  }
}

/** Seq of its RUN_STARTED; null when it hasn't started. */
async function startOf(reads: Pick<Reads, 'events'>, { threadId, id }: Run): Promise<number | null> {
  const rows = await reads.events(threadId, 0, 2, id);
  return rows.find(({ body }) => body.kind === 'RUN_STARTED')?.seq ?? null;
}
