import type { EventBody } from '../domain/event.ts';
import type { RunId, ThreadId } from '../domain/ids.ts';
import type { Reads } from './ports/store.ts';

/** Rows of a log that are read at a time. */
const BATCH = 1_000;

/** What the log says of one run, in order, up to `upToSeq` (default: all of it). Reads in batches; rows that are added meanwhile are read too. */
export async function bodiesOfRun(
  reads: Pick<Reads, 'events'>,
  { threadId, runId }: { readonly threadId: ThreadId; readonly runId: RunId },
  upToSeq = Number.POSITIVE_INFINITY,
): Promise<EventBody[]> {
  const bodies: EventBody[] = [];
  for (let after = 0; ; ) {
    const rows = await reads.events(threadId, after, BATCH, runId);
    for (const row of rows) if (row.seq <= upToSeq) bodies.push(row.body);
    const last = rows.at(-1);
    if (rows.length < BATCH || last === undefined || last.seq > upToSeq) return bodies;
    after = last.seq;
  }
}
