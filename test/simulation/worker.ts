import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryOptions } from './history.ts';
import { type Failure, type Part, playSeries, Tally } from './series.ts';

/** What a worker is started with. */
export type Work = { readonly part: Part; readonly options: HistoryOptions };
/** What it posts: failures as they come, and what has come to its tally since it posted last. */
export type Posted =
  | { readonly kind: 'failure'; readonly failure: Failure }
  | {
      readonly kind: 'played';
      readonly histories: number;
      readonly sums: readonly (readonly [string, number])[];
    };

/** Histories of one post. */
const BATCH = 250;

const { part, options } = workerData as Work;
// Nobody looks at the traces of simulated errors, and making them takes a good part of the time.
Error.stackTraceLimit = 0;
const post = (posted: Posted) => parentPort?.postMessage(posted);
const onFailure = (failure: Failure): boolean => {
  post({ kind: 'failure', failure });
  return true;
};
for (let first = part.first; first < part.end; first += BATCH * part.stride) {
  const tally = new Tally();
  await playSeries(
    { ...part, first, end: Math.min(part.end, first + BATCH * part.stride) },
    tally,
    onFailure,
    options,
  );
  post({ kind: 'played', histories: tally.histories, sums: [...tally.sums] });
}
