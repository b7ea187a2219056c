import { type Events, InterjectError, type RunEvent, type StreamMode } from '../../src/client/public.ts';
import type { EventKind } from '../../src/domain/event.ts';
import { parseCursor } from '../../src/events/cursor.ts';
import { kindsOf } from '../../src/events/event-kinds.ts';
import type { StreamMode as Mode } from '../../src/orchestrator/ports/subscriptions.ts';
import type { SeenEvent, Subscription } from './history/observed.ts';

const KINDS: Readonly<Record<RunEvent['__typename'], EventKind>> = {
  RunQueued: 'RUN_QUEUED',
  RunStarted: 'RUN_STARTED',
  RunResumed: 'RUN_RESUMED',
  RunEnded: 'RUN_ENDED',
  RunRolledBack: 'RUN_ROLLED_BACK',
  MessageStarted: 'MESSAGE_STARTED',
  MessageDelta: 'MESSAGE_DELTA',
  MessageCompleted: 'MESSAGE_COMPLETED',
  MessagesReset: 'MESSAGES_RESET',
  ValuesChunk: 'VALUES',
  UpdatesChunk: 'UPDATES',
  CustomChunk: 'CUSTOM',
  TaskChunk: 'TASK',
  CheckpointChunk: 'CHECKPOINT',
  EventsChunk: 'EVENTS',
  DebugChunk: 'TASK', // nobody here asks for DEBUG
};

export const seqOf = (cursor: string): number => parseCursor(cursor)?.seq ?? Number.NaN;

/** What a follower asks for. `count`: after how many events it leaves; null: it stays. */
export type Wanted = {
  readonly client: string;
  readonly threadId: string;
  /** Null: the whole thread. */
  readonly runId: string | null;
  readonly afterSeq: number;
  readonly modes: readonly StreamMode[];
  readonly count: number | null;
};

/** One subscription of a typed client, and all that it was given. */
export class Follower {
  readonly #wanted: Wanted;
  readonly #events: SeenEvent[] = [];
  #end: Subscription['end'] | null = null;
  /** Resolves when the subscription has ended, whatever way. */
  readonly done: Promise<void>;

  /**
   * @param leave ends the source
   * @param onEvent is told the cursor of each event
   */
  constructor(
    wanted: Wanted,
    source: Events<RunEvent>,
    leave: AbortSignal,
    onEvent: (cursor: string) => void = () => {},
  ) {
    this.#wanted = wanted;
    this.done = this.#read(source, leave, onEvent);
  }

  /** The code of the error that ended it; null: none did. */
  get failure(): string | null {
    return typeof this.#end === 'object' && this.#end !== null ? this.#end.failed : null;
  }

  get events(): readonly SeenEvent[] {
    return this.#events;
  }

  /**
   * It is at its end where it stands now: what comes later, it need not have seen. To be called before its
   * signal is aborted.
   */
  stayed(): void {
    this.#end ??= 'stayed';
  }

  subscription(): Subscription {
    const { client, threadId, runId, afterSeq, modes } = this.#wanted;
    const kinds = kindsOf(modes as readonly Mode[]);
    return { client, threadId, runId, afterSeq, kinds, events: this.#events, end: this.#end ?? 'left' };
  }

  async #read(
    source: Events<RunEvent>,
    leave: AbortSignal,
    onEvent: (cursor: string) => void,
  ): Promise<void> {
    try {
      for await (const event of source) {
        this.#events.push(factsOf(event));
        onEvent(event.cursor);
        if (this.#events.length !== this.#wanted.count) continue;
        this.#end = 'left';
        return;
      }
      this.#end ??= leave.aborted ? 'left' : 'completed';
    } catch (error) {
      if (!(error instanceof InterjectError)) throw error;
      this.#end = { failed: error.code };
    }
  }
}

function factsOf(event: RunEvent): SeenEvent {
  const facts = {
    seq: seqOf(event.cursor),
    kind: KINDS[event.__typename],
    runId: event.runId,
    receivedAtMs: performance.now(),
  };
  switch (event.__typename) {
    case 'MessageDelta':
      return { ...facts, messageId: event.messageId, text: event.text };
    case 'MessageCompleted':
      return { ...facts, messageId: event.message.id ?? undefined, text: event.message.text };
    case 'RunQueued':
      return { ...facts, label: (event.run.metadata as { readonly label?: string }).label };
    case 'CustomChunk':
      return { ...facts, execution: (event.data as { readonly execution?: string } | null)?.execution };
    default:
      return facts;
  }
}
