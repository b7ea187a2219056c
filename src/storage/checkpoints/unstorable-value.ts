import { INTERRUPT, RESUME, TASKS } from '@langchain/langgraph-checkpoint';
import { NotJsonError } from '../../domain/json-copy.ts';

/** A graph put a value that could not be read back. Nothing of that checkpoint is stored; the one before stays. */
export class UnstorableValueError extends Error {
  override readonly name = 'UnstorableValueError';

  constructor(place: string, cause: NotJsonError) {
    super(`${place}: ${cause.message}`, { cause });
  }
}

/** What LangGraph's own channels carry. */
const CARRIED: ReadonlyMap<string, string> = new Map([
  [INTERRUPT, 'interrupt'],
  [RESUME, 'resume'],
  [TASKS, 'Send'],
  ['__return__', 'result'],
]);

/** Names of channels come from code too: the target of a node's goto is one. PostgreSQL's texts can't hold every character. @throws UnstorableValueError */
export function requireStorableName(channel: string): void {
  if (channel.includes('\0'))
    throw new UnstorableValueError(`channel ${JSON.stringify(channel)}`, new NotJsonError('a name with a NUL character', []));
}

/** Runs `encode`, whose refusals then name the channel. @throws UnstorableValueError */
export const ofChannel = <T>(channel: string, encode: () => T): T => located(CARRIED.get(channel) ?? `channel ${channel}`, encode);

/** The same for what no channel holds. @throws UnstorableValueError */
export function located<T>(place: string, encode: () => T): T {
  try {
    return encode();
  } catch (error) {
    throw error instanceof NotJsonError ? new UnstorableValueError(place, error) : error;
  }
}
