import type { Json, JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { type RestStreamMode, STREAM_MODES } from '../runs/run-schema.ts';
import type { SseFrame } from './sse-response.ts';

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

/** The same for every reader of the event, live and in replays. */
export const toFrame = ({ place, event, data }: StreamEvent): SseFrame => ({
  id: `${place.seq}-${place.part}`,
  event,
  data,
});

/**
 * The place after which a client wants to continue. `-`, `-1` and foreign ids mean the beginning: rather
 * twice than never (protocol.md §3.7).
 */
export function placeOfLastEventId(id: string): StreamPlace {
  const [, seq, part] = /^(\d{1,15})-(\d{1,7})$/.exec(id) ?? [];
  return seq === undefined || part === undefined ? START : { seq: Number(seq), part: Number(part) };
}

/** What a run's stream shows. */
export type StreamView = {
  readonly modes: readonly RestStreamMode[];
  /** Events of subgraphs too. */
  readonly subgraphs: boolean;
};

/** What a run was created with, for those who join it. */
export type RequestedStream = StreamView & {
  /** A joiner that names no event gets the run from its first event on; else what comes from now on. */
  readonly resumable: boolean;
};

type StreamFields = {
  readonly stream_mode?: readonly RestStreamMode[] | undefined;
  readonly stream_subgraphs?: boolean | undefined;
  readonly stream_resumable?: boolean | undefined;
};

/** As it is kept with the run. */
export const requestedStream = (body: StreamFields): JsonObject => ({
  stream_mode: [...modesOf(body.stream_mode)],
  stream_subgraphs: body.stream_subgraphs ?? false,
  stream_resumable: body.stream_resumable ?? false,
});

/** Of a run that another transport created: what the protocol's defaults are. */
export function requestedStreamOf({ request }: Pick<Run, 'request'>): RequestedStream {
  const kept = request?.['stream_mode'];
  return {
    modes: modesOf(Array.isArray(kept) ? STREAM_MODES.filter((mode) => kept.includes(mode)) : undefined),
    subgraphs: request?.['stream_subgraphs'] === true,
    resumable: request?.['stream_resumable'] === true,
  };
}

const modesOf = (modes: readonly RestStreamMode[] | undefined): readonly RestStreamMode[] =>
  modes === undefined || modes.length === 0 ? ['values'] : modes;
