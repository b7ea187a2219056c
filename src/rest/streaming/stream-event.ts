import type { Json } from '../../domain/json.ts';
import type { SseFrame } from './sse-frame.ts';

/** A place in a thread's stream: a row of the log, and which of the events made of it. */
export type StreamPlace = { readonly seq: number; readonly part: number };

/** One event of the protocol's stream. */
export type StreamEvent = { readonly place: StreamPlace; readonly event: string; readonly data: Json };

/** Ahead of everything. */
export const START: StreamPlace = { seq: 0, part: 0 };
/** Behind everything that was made of the rows up to `seq`. */
export const behind = (seq: number): StreamPlace => ({ seq, part: Number.MAX_SAFE_INTEGER });

export const isAfter = (place: StreamPlace, other: StreamPlace): boolean =>
  place.seq > other.seq || (place.seq === other.seq && place.part > other.part);

/** The same for everybody who reads the event, whatever else they read, now and when it is replayed. */
export const toFrame = ({ place, event, data }: StreamEvent): SseFrame => ({ id: `${place.seq}-${place.part}`, event, data });

/**
 * The place that a client wants to go on behind. `-`, `-1` and what is no id of ours mean the beginning: rather twice than never
 * (protocol.md §3.7).
 */
export function placeOfLastEventId(id: string): StreamPlace {
  const [, seq, part] = /^(\d{1,15})-(\d{1,7})$/.exec(id) ?? [];
  return seq === undefined || part === undefined ? START : { seq: Number(seq), part: Number(part) };
}
