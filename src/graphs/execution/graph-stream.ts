import { Command, Send, type StreamMode } from '@langchain/langgraph';
import type { PendingInterrupt } from '../../domain/event.ts';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { RunCommand } from '../../domain/run.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { toJson } from '../state/to-json.ts';
import { STREAM_MODES, type StreamChunk } from './stream-mapper.ts';

/**
 * A running graph: what it says, item by item, and how an item reads. The items end or throw as the graph
 * does.
 */
export type GraphStream = {
  readonly items: AsyncIterable<unknown>;
  /**
   * A chunk of the stream; `event`: a LangChain callback event in the shape of streamEvents v2; null: nothing
   * to report.
   */
  read(item: unknown): StreamChunk | { readonly event: Json } | null;
};

type StreamInput = Parameters<CompiledGraph['stream']>[0];
type StreamOptions = Parameters<CompiledGraph['stream']>[1];

/**
 * Starts the graph. `callbackEvents`: say the callbacks' events too. `modes`: stream modes beside those that
 * the mapper reads.
 */
export async function startGraph(
  graph: CompiledGraph,
  input: unknown,
  options: object,
  { callbackEvents, modes }: { readonly callbackEvents: boolean; readonly modes: readonly StreamMode[] },
): Promise<GraphStream> {
  const all = { ...options, streamMode: [...STREAM_MODES, ...modes], subgraphs: true };
  if (callbackEvents) {
    const items = graph.streamEvents(
      input as StreamInput,
      { ...all, version: 'v2' } as never,
    ) as unknown as AsyncIterable<unknown>;
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

/**
 * LangChain wraps the root graph's own chunks into events of the root's run; all others are the callbacks'
 * events.
 */
function callbackEventReader(): GraphStream['read'] {
  let rootId: string | null = null;
  return (item) => {
    const event = item as CallbackEvent;
    rootId ??= event.run_id;
    if (event.event === 'on_chain_stream' && event.run_id === rootId) return event.data.chunk as StreamChunk;
    return event.tags?.includes('langsmith:hidden') === true ? null : { event: toJson(event) };
  };
}

/**
 * A run's command as LangGraph takes it.
 *
 * LangGraph takes a null resume for none at all, so a falsy one is rewritten to name the interrupt that it
 * answers (protocol.md §5.3); that takes exactly one pending interrupt, else it goes to LangGraph as it is.
 */
export function toCommand(command: RunCommand, pending: readonly PendingInterrupt[]): Command {
  return new Command({
    ...('resume' in command ? { resume: addressed(command.resume ?? null, pending) } : {}),
    ...(command.update === undefined || command.update === null ? {} : { update: toUpdate(command.update) }),
    ...(command.goto === undefined || command.goto === null ? {} : { goto: toGoto(command.goto) }),
  });
}

function addressed(resume: Json, pending: readonly PendingInterrupt[]): Json {
  const [only, ...others] = pending;
  return resume || only === undefined || others.length > 0 ? resume : { [only.id]: resume };
}

type Update = Record<string, unknown> | [string, unknown][];
const toUpdate = (update: Json): Update => update as unknown as Update;

function toGoto(goto: Json): (string | Send)[] {
  return (Array.isArray(goto) ? goto : [goto]).map((target) => {
    if (isJsonObject(target) && typeof target['node'] === 'string')
      return sendOf(target['node'], target['input'] ?? null);
    return String(target);
  });
}

/**
 * The input as it was sent: LangGraph's constructor makes Sends and Commands of objects in it that look like
 * them.
 */
const sendOf = (node: string, input: Json): Send => Object.assign(new Send(node, null), { args: input });
