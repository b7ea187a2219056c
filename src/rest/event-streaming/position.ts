/**
 * Places in a thread's stream of protocol events. A row of the log gives any number of events, so an event's `seq` is its row's seq and its part
 * of it: it grows along the thread, is the same at every replay, and a reader can come back in the middle of a row.
 */
const PARTS_OF_A_ROW = 2 ** 20;

/** Safe integers last for 8 billion rows. */
export const seqOf = (row: number, part: number): number => row * PARTS_OF_A_ROW + part;

/** The row that `seq` is of. */
export const rowOf = (seq: number): number => Math.floor(seq / PARTS_OF_A_ROW);

/** The last place that any event of the row may have. */
export const endOfRow = (row: number): number => seqOf(row + 1, 0) - 1;

/** An event's id, for `Last-Event-ID`; it ends with the seq. Clients tell a root run's lifecycle events apart by the run in theirs. */
export const eventId = (seq: number, runId: string | null): string => (runId === null ? String(seq) : `synth:${runId}:${seq}`);

/** The seq of an event's id, or of a plain number; undefined for any other text. */
export function seqOfEventId(id: string): number | undefined {
  const digits = /^(?:synth:[^:]*:)?(\d{1,16})$/.exec(id)?.[1];
  const seq = Number(digits);
  return digits !== undefined && Number.isSafeInteger(seq) ? seq : undefined;
}
