import type { Run } from '../../domain/run.ts';
import { ownerOf, type RestDeps } from '../deps.ts';
import type { StreamView } from './requested-stream.ts';
import { logModes, RunEvents, recalledModes } from './run-events.ts';
import { isAfter, type StreamEvent, type StreamPlace } from './stream-event.ts';

export type RunStreamOptions = {
  readonly view: StreamView;
  /** Only what comes behind it. */
  readonly after: StreamPlace;
  /** Aborting it ends the stream. */
  readonly signal: AbortSignal;
};

/**
 * One run's events as the protocol has them: what the log holds behind a place, then what comes, until the run has ended or is gone. Any number
 * of streams of one run each have all of it.
 */
export async function* runStream(
  { orchestrator }: Pick<RestDeps, 'orchestrator'>,
  run: Pick<Run, 'id'>,
  { view, after, signal }: RunStreamOptions,
): AsyncGenerator<StreamEvent, undefined, undefined> {
  const recalled = recalledModes(view);
  const followed = await orchestrator.followRun({
    owner: ownerOf(),
    runId: run.id,
    modes: logModes(view),
    // The row of the place itself is read again: events of it may still be to come.
    afterSeq: Math.max(after.seq - 1, 0),
    ...(recalled.length === 0 ? {} : { recall: { fromSeq: 0, modes: recalled } }),
    everyDelta: true,
    signal,
  });
  if (followed.kind === 'refused') return; // the run has gone since it was found
  const events = new RunEvents(view);
  try {
    for await (const event of followed.events) for (const made of events.of(event)) if (isAfter(made.place, after)) yield made;
  } finally {
    await followed.events.return?.();
  }
}
