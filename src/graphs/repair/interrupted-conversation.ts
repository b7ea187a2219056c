import { ToolMessage } from '@langchain/core/messages';
import { v7 } from 'uuid';
import type { PartialMessage } from '../../domain/partial-messages.ts';
import type { CompiledGraph } from '../graph-source.ts';
import type { StateMessage } from '../messages-channel.ts';
import { type ConversationPlan, planConversation } from './conversation-plan.ts';
import { type DanglingCall, STOPPED } from './dangling-tool-calls.ts';
import { gatherAdditions, type KeptPartials, toolNodeOf } from './gather-additions.ts';
import { toolTurn, type WritableMessages } from './message-list.ts';
import type { StateWriter } from './state-writer.ts';
import type { Superstep, Task } from './superstep.ts';

/** Makes the answers to stopped tool calls; the same one for the same call of the same message, in whichever conversation that is. */
export class StoppedAnswers {
  readonly #made = new Map<string, ToolMessage>();

  of(call: DanglingCall, asker: StateMessage | undefined): ToolMessage {
    const key = JSON.stringify([asker?.id ?? null, call.id]);
    const made =
      this.#made.get(key) ?? new ToolMessage({ id: v7(), name: call.name, tool_call_id: call.id, content: STOPPED, status: 'error' });
    if (asker?.id !== undefined) this.#made.set(key, made);
    return made;
  }
}

export type InterruptedConversation = {
  readonly graph: CompiledGraph;
  readonly writer: StateWriter;
  readonly channel: WritableMessages;
  readonly superstep: Superstep;
  /** Those to keep. */
  readonly partials: readonly PartialMessage[];
  readonly answers: StoppedAnswers;
  /** What the subgraphs of a task had added. */
  readonly addedWithin: (task: Task) => Promise<readonly StateMessage[]>;
};

export type WrittenConversation = { readonly plan: ConversationPlan<StateMessage>; readonly kept: KeptPartials };

/** Writes what the unfinished tasks of a superstep leave to the conversation, and applies what the finished ones had written. */
export async function writeConversation(request: InterruptedConversation): Promise<WrittenConversation> {
  const { graph, writer, channel, superstep, answers } = request;
  const { additions, kept } = await gatherAdditions(superstep, request.partials, request.addedWithin);
  const plan = planConversation<StateMessage>({
    conversation: superstep.messages,
    additions,
    toolNode: toolNodeOf(graph, superstep, additions),
    toolTurn,
    answer: (call, asker) => answers.of(call, asker),
  });
  let current = superstep.messages;
  for (const { node, kind, messages } of plan.writes) {
    const next = kind === 'REPLACE' ? messages : [...current, ...messages];
    await writer.write(node, kind === 'REPLACE' ? channel.replacing(next) : channel.appending(messages, next));
    current = next;
  }
  if (plan.writes.length === 0) await endSuperstep(writer, superstep);
  return { plan, kept };
}

/** Applies what the tasks of an interrupted superstep leave where no message does: results of those that finished, the end of those that wait. */
export async function endSuperstep(writer: StateWriter, { finished, waiting }: Superstep): Promise<void> {
  if (finished.length > 0 || waiting.length > 0) await writer.applyFinishedTasks();
}
