import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import { mergeContent } from '../../../src/domain/chunk-merge.ts';
import type { EventBody } from '../../../src/domain/event.ts';
import type { ThreadId } from '../../../src/domain/ids.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { MessageJson } from '../../../src/domain/message.ts';
import type { PartialMessage } from '../../../src/domain/message-fold.ts';
import { messagesIn, stateMessageToJson } from '../../../src/graphs/execution/messages-channel.ts';
import type { CompiledGraph, GraphSource } from '../../../src/graphs/loading/graph-source.ts';
import { composeInput } from '../../../src/graphs/reconcile/compose-input.ts';
import { messagesOfInput } from '../../../src/graphs/reconcile/message-list.ts';
import { prepareHistory } from '../../../src/graphs/reconcile/prepare-history.ts';
import { reconcile } from '../../../src/graphs/reconcile/reconcile-interrupted-run.ts';
import { toJson } from '../../../src/graphs/state/to-json.ts';
import type { SaverHandle, StateBuffer } from '../../../src/orchestrator/ports/checkpoints.ts';
import type { ComposedInput, GraphCall, Reconcile } from '../../../src/orchestrator/ports/graph-host.ts';
import { findDanglingToolCalls } from '../../support/dangling-tool-calls.ts';
import { pass } from '../../support/gates.ts';
import { type Script, StreamingModel } from '../../support/streaming-model.ts';

export const human = (content: string, id = `human-${content}`) => ({ type: 'human', id, content });

/** A scripted model that refuses, as providers do, a history with unanswered tool calls. */
export const strictModel = (
  name: string,
  script: (messages: readonly BaseMessage[]) => Script,
): StreamingModel =>
  new StreamingModel(name, (messages) => {
    const complaints = findDanglingToolCalls(messages.map((message) => stateMessageToJson(message)));
    if (complaints.length > 0) throw new Error(`400: ${complaints.join('; ')}`);
    return script(messages);
  });

/**
 * Holds each put, after it has stored the checkpoint, at the gate `put:<source>:<step>`, those of subgraphs
 * at `put:sub:<source>:<step>`.
 */
class GatedSaver extends MemorySaver {
  override async put(...args: Parameters<MemorySaver['put']>): ReturnType<MemorySaver['put']> {
    const [{ configurable }, , { source, step }] = args;
    const stored = await super.put(...args);
    await pass(`put:${configurable?.['checkpoint_ns'] ? 'sub:' : ''}${source}:${step}`);
    return stored;
  }

  /**
   * Holds the writes of a task, after they are stored, at the gate `writes:<what of its messages it wrote>`.
   */
  override async putWrites(...args: Parameters<MemorySaver['putWrites']>): Promise<void> {
    await super.putWrites(...args);
    for (const [channel, value] of args[1]) {
      const [first] = channel === 'messages' ? messagesIn({ messages: value }) : [];
      if (first !== undefined) await pass(`writes:${(first as { name?: string }).name ?? first.id}`);
    }
  }
}

/** Anything that compiles to a graph, whatever its types. */
type AnyGraph = { readonly nodes: object; readonly channels: object };

/** Where a conversation is stored. */
export type Backing = {
  readonly threadId: ThreadId;
  /** To read the state with. */
  readonly reader: SaverHandle;
  /** For one run, which begins with it. */
  claimed(): Promise<SaverHandle>;
  buffer(): Promise<StateBuffer>;
  commit(buffer: StateBuffer): Promise<boolean>;
};

/** LangGraph's own saver for everything; what is buffered is there at once. */
export function inMemory(saver: MemorySaver = new GatedSaver()): Backing {
  const threadId = '00000000-0000-4000-8000-000000000001' as ThreadId;
  const reader = { saver };
  return {
    threadId,
    reader,
    claimed: async () => reader,
    buffer: async () => ({ kind: 'buffer', threadId, stateVersion: 0, isEmpty: false, ...reader }),
    commit: async () => true,
  };
}

/** One thread of one graph, whose runs are really streamed and really aborted. */
export class Conversation {
  readonly graph: CompiledGraph;
  readonly graphs: GraphSource = {
    graphFor: async (_graphId, _call, saver) => this.#with(saver),
    needsConfig: () => false,
  };
  readonly #backing: Backing;
  readonly #partials = new Map<string, PartialMessage>();
  #changed = Promise.withResolvers<void>();

  constructor(graph: AnyGraph, backing: Backing = inMemory()) {
    this.#backing = backing;
    this.graph = graph as CompiledGraph;
    this.graph = this.#with(backing.reader);
  }

  get threadId(): ThreadId {
    return this.#backing.threadId;
  }

  get config() {
    return { configurable: { thread_id: this.threadId } };
  }

  get call(): GraphCall {
    return {
      threadId: this.threadId,
      runId: null,
      assistantId: null,
      config: {},
      context: null,
      metadata: {},
    };
  }

  /**
   * Streams a run with this input (composed as the executor does) and aborts it at `moment`. Resolves when
   * the stream has settled.
   */
  async interrupt(
    input: Json | null,
    moment: (seen: (text: string) => Promise<void>, signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    await this.interruptUncomposed(input === null ? null : await this.compose(input), moment);
  }

  /** The same with an input that goes to the graph as it is. */
  async interruptUncomposed(
    input: unknown,
    moment: (seen: (text: string) => Promise<void>, signal: AbortSignal) => Promise<unknown>,
  ): Promise<void> {
    const abort = new AbortController();
    const streaming = this.#stream(input, abort.signal);
    await Promise.race([moment((text) => this.#seen(text), abort.signal), streaming]);
    abort.abort();
    const end = await streaming;
    if (end === 'finished') throw new Error('The run had finished before it was interrupted');
  }

  /** Streams a whole run with new input. */
  async run(input: Json, carried: readonly Json[] = []): Promise<void> {
    const composed = await this.composed(input, carried);
    if (composed.addedBy === 'PREPARATION') await this.#prepareHistory(composed.ahead, null);
    await this.#drain(composed.input);
  }

  async compose(
    input: Json,
    carried: readonly Json[] = [],
    baseCheckpointId: string | null = null,
  ): Promise<Json> {
    return (await this.composed(input, carried, baseCheckpointId)).input;
  }

  composed(
    input: Json,
    carried: readonly Json[] = [],
    baseCheckpointId: string | null = null,
  ): Promise<ComposedInput> {
    return composeInput(this.graphs, {
      graphId: 'g',
      call: this.call,
      saver: this.#backing.reader,
      baseCheckpointId,
      carried,
      input,
    });
  }

  /** Writes what inputs bring, ahead of a run. */
  prepareHistory(
    carried: readonly Json[] = [],
    baseCheckpointId: string | null = null,
  ): Promise<readonly EventBody[]> {
    return this.#prepareHistory(carried.flatMap(messagesOfInput), baseCheckpointId);
  }

  async #prepareHistory(
    ahead: readonly Json[],
    baseCheckpointId: string | null,
  ): Promise<readonly EventBody[]> {
    const buffer = await this.#backing.buffer();
    const events = await prepareHistory(this.graphs, {
      graphId: 'g',
      call: this.call,
      buffer,
      baseCheckpointId,
      ahead,
    });
    if (!buffer.isEmpty && !(await this.#backing.commit(buffer)))
      throw new Error('The state has changed under the mend');
    return events;
  }

  async reconcile(request: Partial<Reconcile> = {}): Promise<readonly EventBody[]> {
    const buffer = await this.#backing.buffer();
    const events = await reconcile(this.graphs, {
      graphId: 'g',
      call: this.call,
      buffer,
      uncommittedInput: undefined,
      baseCheckpointId: null,
      startedFrom: null,
      partials: [...this.#partials.values()],
      keepPartialOutput: true,
      ...request,
    });
    if (!buffer.isEmpty && !(await this.#backing.commit(buffer)))
      throw new Error('The state has changed under the repair');
    return events;
  }

  async state() {
    return await this.graph.getState(this.config as never);
  }

  async messages(): Promise<MessageJson[]> {
    return messagesIn((await this.state()).values).map(stateMessageToJson);
  }

  /** `type: text`, with the names of tool calls, `partial` where it is one: what a person sees. */
  async transcript(): Promise<string[]> {
    return (await this.messages()).map(line);
  }

  async complaints(): Promise<string[]> {
    return findDanglingToolCalls(await this.messages());
  }

  #with({ saver }: SaverHandle): CompiledGraph {
    return Object.assign(Object.create(Object.getPrototypeOf(this.graph)), this.graph, {
      checkpointer: saver,
    });
  }

  async #stream(input: unknown, signal: AbortSignal): Promise<'finished' | 'aborted'> {
    try {
      await this.#drain(input, signal);
      return 'finished';
    } catch (error) {
      if (signal.aborted) return 'aborted';
      throw error;
    }
  }

  async #drain(input: unknown, signal?: AbortSignal): Promise<void> {
    this.#partials.clear();
    const options = {
      ...this.config,
      streamMode: ['messages'],
      subgraphs: true,
      durability: 'sync',
      ...(signal && { signal }),
    };
    const stream = await this.#with(await this.#backing.claimed()).stream(input as never, options as never);
    for await (const [ns, , [message, metadata]] of stream as AsyncIterable<
      [string[], string, [BaseMessage, { langgraph_node: string }]]
    >) {
      if (!(message instanceof AIMessageChunk) || message.id === undefined) continue;
      const known = this.#partials.get(message.id);
      this.#partials.set(message.id, {
        ns: ns.join('|'),
        node: metadata.langgraph_node,
        messageId: message.id,
        content: mergeContent(known?.content ?? '', toJson(message.content)),
      });
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  /** Resolves when some message's text so far is this one. */
  async #seen(text: string): Promise<void> {
    while (
      ![...this.#partials.values()].some(({ content }) => line({ type: 'ai', content }) === `ai: ${text}`)
    )
      await this.#changed.promise;
  }
}

function line({ type, content, tool_calls = [], response_metadata, status }: MessageJson): string {
  const text =
    typeof content === 'string'
      ? content
      : (content as { text?: string }[]).map((block) => block.text ?? '').join('');
  const calls = tool_calls.length === 0 ? '' : ` [${tool_calls.map(({ name }) => name).join(', ')}]`;
  const partial = response_metadata?.['partial'] === true ? ' (partial)' : '';
  return `${type}: ${text}${calls}${partial}${status === 'error' ? ' (error)' : ''}`;
}
