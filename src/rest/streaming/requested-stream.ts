import type { JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { type RestStreamMode, STREAM_MODES } from '../schemas/create-run.ts';

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
