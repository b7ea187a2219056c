import type { StreamMode } from '@langchain/langgraph';
import type { Json } from '../domain/json.ts';
import type { CompiledGraph } from './graph-source.ts';
import { STREAM_MODES, type StreamChunk } from './stream-mapper.ts';
import { toJson } from './to-json.ts';

/** A running graph: what it says, item by item, and how an item reads. The items end or throw as the graph does. */
export type GraphStream = {
  readonly items: AsyncIterable<unknown>;
  /** A chunk of the stream; `event`: a LangChain callback event in the shape of streamEvents v2; null: nothing to tell. */
  read(item: unknown): StreamChunk | { readonly event: Json } | null;
};

type StreamInput = Parameters<CompiledGraph['stream']>[0];
type StreamOptions = Parameters<CompiledGraph['stream']>[1];

/** Starts the graph. `callbackEvents`: say the callbacks' events too. `modes`: stream modes beside those that the mapper reads. */
export async function startGraph(
  graph: CompiledGraph,
  input: unknown,
  options: object,
  callbackEvents: boolean,
  modes: readonly StreamMode[] = [],
): Promise<GraphStream> {
  const all = { ...options, streamMode: [...STREAM_MODES, ...modes], subgraphs: true };
  if (callbackEvents) {
    const items = graph.streamEvents(input as StreamInput, { ...all, version: 'v2' } as never) as unknown as AsyncIterable<unknown>;
    return { items, read: callbackEventReader() };
  }
  const items = await graph.stream(input as StreamInput, all as StreamOptions);
  return { items, read: (item) => item as StreamChunk };
}

type CallbackEvent = {
  readonly event: string;
  readonly run_id: string;
  readonly tags?: readonly string[];
  readonly data: { readonly chunk?: unknown };
};

/** LangChain wraps the root graph's own chunks into events of the root's run; all others are the callbacks' events. */
function callbackEventReader(): GraphStream['read'] {
  let rootId: string | null = null;
  return (item) => {
    const event = item as CallbackEvent;
    rootId ??= event.run_id;
    if (event.event === 'on_chain_stream' && event.run_id === rootId) return event.data.chunk as StreamChunk;
    return event.tags?.includes('langsmith:hidden') === true ? null : { event: toJson(event) };
  };
}
