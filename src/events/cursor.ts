import { parseThreadId, type ThreadId } from '../domain/ids.ts';

/**
 * A place in a thread's event log. `part` is 0 for the row itself and 1 for the DEBUG event derived from it:
 * a subscriber that asked for both gets two events of one row and can resume between them.
 */
export type Position = { readonly threadId: ThreadId; readonly seq: number; readonly part: number };

/** The opaque cursor of a position: base64url, at most 72 ASCII characters. */
export const formatCursor = ({ threadId, seq, part }: Position): string =>
  Buffer.from(`${threadId}.${seq}${part === 0 ? '' : `.${part}`}`).toString('base64url');

/** Null for texts that are not our cursors. */
export function parseCursor(cursor: string): Position | null {
  const [thread = '', seq, part = 0] = Buffer.from(cursor, 'base64url').toString('utf8').split('.');
  const threadId = parseThreadId(thread);
  if (threadId === null) return null;
  const position = { threadId, seq: Number(seq), part: Number(part) };
  const isPlace =
    Number.isSafeInteger(position.seq) && position.seq >= 0 && (position.part === 0 || position.part === 1);
  // Of all texts that would read as this place only one is its cursor.
  return isPlace && formatCursor(position) === cursor ? position : null;
}

/**
 * Rows of the log that a follower of a conversation had not read are gone: of a run that was deleted
 * meanwhile. What they said is still in the state.
 */
export class LogGapError extends Error {
  override readonly name = 'LogGapError';
  /** The last seq that is accounted for. */
  readonly afterSeq: number;

  constructor(afterSeq: number) {
    super(`Rows of the log behind ${afterSeq} were removed`);
    this.afterSeq = afterSeq;
  }
}
