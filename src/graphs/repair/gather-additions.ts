import { AIMessage } from '@langchain/core/messages';
import type { PartialMessage } from '../../domain/partial-messages.ts';
import type { CompiledGraph } from '../graph-source.ts';
import type { StateMessage } from '../messages-channel.ts';
import type { Addition } from './conversation-plan.ts';
import { partialText } from './partial-text.ts';
import type { Superstep, Task } from './superstep.ts';

/** The partial messages that are kept, by the message each has become. */
export type KeptPartials = ReadonlyMap<StateMessage, PartialMessage>;

/**
 * What the unfinished tasks of a superstep leave to the conversation, one addition for each node: nodes that were streaming in the order
 * of their first tokens, then the others. Of one task first what its subgraphs had added, then its partial messages.
 *
 * @param partials those to keep; of each its text, none that has no text and none that the conversation holds already
 * @param addedWithin what the subgraphs of a task had added
 */
export async function gatherAdditions(
  superstep: Superstep,
  partials: readonly PartialMessage[],
  addedWithin: (task: Task) => Promise<readonly StateMessage[]>,
): Promise<{ readonly additions: readonly Addition<StateMessage>[]; readonly kept: KeptPartials }> {
  const known = new Set(superstep.messages.map(({ id }) => id));
  const unknown = ({ id }: StateMessage): boolean => id === undefined || id === null || !known.has(id);
  const byNode = new Map<string | null, StateMessage[]>();
  const kept = new Map<StateMessage, PartialMessage>();
  for (const { node, task, streamed } of sources(superstep.unfinished, partials)) {
    const added = task === null ? [] : await addedWithin(task);
    const messages = added.filter(unknown);
    for (const { id } of messages) known.add(id);
    for (const partial of streamed) {
      const message = known.has(partial.messageId) ? null : toMessage(partial);
      if (message === null) continue;
      known.add(partial.messageId);
      kept.set(message, partial);
      messages.push(message);
    }
    if (messages.length > 0) byNode.set(node, [...(byNode.get(node) ?? []), ...messages]);
  }
  return { additions: [...byNode].map(([node, messages]) => ({ node, messages })), kept };
}

/** The node that answers the conversation's open calls: the one whose interrupted tasks are LangGraph's tool node, else one that was not streaming. */
export function toolNodeOf(graph: CompiledGraph, { unfinished }: Superstep, additions: readonly Addition<StateMessage>[]): string | null {
  const streaming = new Set(additions.map(({ node }) => node));
  const nodes = unfinished.map(({ name }) => name);
  return nodes.find((name) => isToolNode(graph, name)) ?? nodes.find((name) => !streaming.has(name)) ?? nodes[0] ?? null;
}

type Source = { readonly node: string | null; readonly task: Task | null; readonly streamed: PartialMessage[] };

/** Who left something: each interrupted task that was streaming in a subgraph, each node that was streaming itself, then the other tasks. */
function sources(unfinished: readonly Task[], partials: readonly PartialMessage[]): Iterable<Source> {
  const found = new Map<string, Source>();
  for (const partial of partials) {
    const root = partial.ns.split('|')[0] ?? '';
    const key = root === '' ? `node ${partial.node}` : root;
    const source = found.get(key) ?? {
      node: root === '' ? partial.node : (root.split(':')[0] ?? null),
      task: unfinished.find((task) => keyOf(task) === root) ?? null,
      streamed: [],
    };
    source.streamed.push(partial);
    found.set(key, source);
  }
  for (const task of unfinished) if (!found.has(keyOf(task))) found.set(keyOf(task), { node: task.name, task, streamed: [] });
  return found.values();
}

const keyOf = ({ name, id }: Task): string => `${name}:${id}`;

function toMessage({ messageId, name, content }: PartialMessage): AIMessage | null {
  const text = partialText(content);
  if (text === null) return null;
  return new AIMessage({
    id: messageId,
    ...(name === undefined || name === null ? {} : { name }),
    content: text as AIMessage['content'],
    response_metadata: { partial: true },
  });
}

function isToolNode(graph: CompiledGraph, name: string): boolean {
  const { tools } = (graph.nodes[name]?.bound ?? {}) as { readonly tools?: unknown };
  return Array.isArray(tools);
}
