import type { Event, EventData, Namespace } from '@langchain/protocol';
import type { FollowedEvent } from '../../orchestrator/orchestrator.ts';
import { eventId, seqOf } from './position.ts';

/** An event of the protocol as this server sends it: always with its place. */
export type ThreadEvent = Event & { readonly event_id: string; readonly seq: number };

/** What a row says on one channel. */
export type Said<M extends EventData['method'] = EventData['method']> = Extract<EventData, { method: M }>;

/** Gathers the events of one row, each at its part of the row. */
export class Row {
  readonly events: ThreadEvent[] = [];
  readonly #row: FollowedEvent;

  constructor(row: FollowedEvent) {
    this.#row = row;
  }

  get timestamp(): number {
    return this.#row.createdAt.getTime();
  }

  /** @param runId of the run whose lifecycle at the root this is; else null */
  add(part: number, said: EventData, runId: string | null = null): void {
    const seq = seqOf(this.#row.seq, part);
    this.events.push({ type: 'event', event_id: eventId(seq, runId), seq, ...said });
  }
}

export const namespaceOf = (ns: string): Namespace => (ns === '' ? [] : ns.split('|'));
