import { MemorySaver } from '@langchain/langgraph';
import { expect, test } from 'vitest';
import { ProtocolMessages } from '../../src/graphs/execution/protocol-messages.ts';
import { STREAM_MODES, type StreamChunk } from '../../src/graphs/execution/stream-mapper.ts';
import { TRANSFORMED_MODES } from '../../src/graphs/execution/transformers.ts';
import type { CompiledGraph } from '../../src/graphs/loading/graph-source.ts';
import { graph as subagents } from '../rest/graphs/subagents.ts';
import { graph as twoStreams } from '../support/graphs/two-streams.ts';

const hello = { messages: [{ role: 'user', content: 'hi' }] };
type Seen = { readonly method: string; readonly place: string; readonly data: unknown };

/**
 * What a transformer sees of messages, by message, but for what is said of them beside their content: those
 * of tasks that run at once come in any order.
 */
function byMessage(
  seen: readonly (readonly [readonly string[], Readonly<Record<string, unknown>>])[],
): unknown[] {
  const messages = new Map<string, unknown[]>();
  for (const [
    namespace,
    { run_id, id: _, usage, reason: _reason, responseMetadata: _metadata, ...rest },
  ] of seen) {
    const data: Record<string, unknown> = { ...rest };
    if (data['event'] === 'usage') continue; // how much it is so far: the sum is in message-finish
    if (data['event'] === 'message-finish')
      data['tokens'] = (usage as { output_tokens?: number } | undefined)?.output_tokens;
    if (data['event'] === 'content-block-start')
      data['content'] = { ...(data['content'] as object), index: undefined }; // the event's own has it
    const key = `${namespace.map((segment) => segment.split(':')[0]).join('/')} ${String(run_id)}`;
    messages.set(key, [...(messages.get(key) ?? []), data]);
  }
  return [...messages]
    .map(([key, events]) => ({ place: key.split(' ')[0], events }))
    .toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
}

/** Another thread for each, of the same graph: streamEvents v3 refuses clones. */
const fresh = (graph: unknown): CompiledGraph =>
  Object.assign(graph as CompiledGraph, { checkpointer: new MemorySaver() });
const config = { configurable: { thread_id: 'one' } };

async function native(graph: CompiledGraph) {
  const seen: [readonly string[], Record<string, unknown>][] = [];
  const run = (await graph.streamEvents(
    hello as never,
    { ...config, version: 'v3' } as never,
  )) as unknown as AsyncIterable<Seen & { params: { namespace: string[]; data: Record<string, unknown> } }>;
  for await (const { method, params } of run)
    if (method === 'messages') seen.push([params.namespace, params.data]);
  return byMessage(seen);
}

async function ours(graph: CompiledGraph) {
  const messages = new ProtocolMessages();
  const seen: [readonly string[], Record<string, unknown>][] = [];
  const options = { ...config, streamMode: [...STREAM_MODES, ...TRANSFORMED_MODES], subgraphs: true };
  for await (const chunk of await graph.stream(hello as never, options as never))
    for (const [namespace, mode, payload] of messages.asProtocol(chunk as unknown as StreamChunk)) {
      if (mode !== 'messages') continue;
      const [data, { run_id }] = payload as readonly [object, { run_id: string }];
      seen.push([namespace, { ...data, run_id }]);
    }
  return byMessage(seen);
}

for (const [name, graph] of Object.entries({ subagents: subagents.graph, twoStreams }))
  test(`transformers see the messages of ${name} as streamEvents v3 says them`, async () => {
    expect(await ours(fresh(graph))).toEqual(await native(fresh(graph)));
  });
