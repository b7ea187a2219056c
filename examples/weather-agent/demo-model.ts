import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import {
  BaseChatModel,
  type BaseChatModelCallOptions,
  type BindToolsInput,
} from '@langchain/core/language_models/chat_models';
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  type StandardMessageStructure,
  type UsageMetadata,
} from '@langchain/core/messages';
import type { ToolCallChunk } from '@langchain/core/messages/tool';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import { decideReply, type Reply } from './conversation.ts';
import { chunkDelays, type Pace, pause } from './pace.ts';

type ChunkFields = {
  readonly content: string;
  readonly tool_call_chunks?: ToolCallChunk[];
  readonly usage_metadata?: UsageMetadata;
  readonly response_metadata?: Record<string, unknown>;
};
type CallOptions = BaseChatModelCallOptions & { readonly tools?: readonly BindToolsInput[] };

/**
 * A chat model without a provider, so that the demo runs offline and says the same thing every time.
 * LangChain sees an ordinary streaming model: text and tool calls in chunks, usage figures, a finish reason,
 * and a call that ends as soon as its signal aborts.
 */
export class DemoChatModel extends BaseChatModel<CallOptions> {
  readonly pace: Pace;

  constructor(pace: Pace) {
    super({});
    this.pace = pace;
  }

  override _llmType(): string {
    return 'interject-demo';
  }

  /**
   * Makes it an agent's model. It knows one tool only, `weather_search`, so which tools these are changes
   * nothing.
   */
  override bindTools(tools: BindToolsInput[], options?: Partial<CallOptions>) {
    return this.withConfig({ ...options, tools });
  }

  override async _generate(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): Promise<ChatResult> {
    let whole: ChatGenerationChunk | undefined;
    for await (const chunk of this._streamResponseChunks(messages, options, runManager))
      whole = whole?.concat(chunk) ?? chunk;
    return { generations: whole === undefined ? [] : [whole] };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const reply = decideReply(messages);
    const chunks = chunksOf(reply, messages);
    const { thinkMs, readMs, toolCallMs, answerMs, maxGapMs } = this.pace;
    const leadMs = reply.kind === 'answer' && reply.afterTools ? readMs : thinkMs;
    const delays = chunkDelays(
      chunks.length,
      leadMs,
      reply.kind === 'look-up' ? toolCallMs : answerMs,
      maxGapMs,
    );
    for (const [index, fields] of chunks.entries()) {
      await pause(delays[index] ?? 0, options.signal);
      const chunk = new ChatGenerationChunk({
        text: fields.content,
        message: new AIMessageChunk<StandardMessageStructure>(fields),
      });
      yield chunk;
      await runManager?.handleLLMNewToken(
        fields.content,
        { prompt: 0, completion: 0 },
        undefined,
        undefined,
        undefined,
        { chunk },
      );
    }
  }
}

/**
 * The parts in which a reply is streamed. The first one says what was read, the last one what was written and
 * why it ends.
 */
export function chunksOf(reply: Reply, messages: readonly BaseMessage[]): ChunkFields[] {
  const chunks = reply.kind === 'answer' ? textChunks(reply.text) : toolCallChunks(reply.cities, messages);
  const input = messages.reduce((total, message) => total + words(message.text).length, 0);
  return chunks.map((chunk, index) => ({
    ...chunk,
    ...(index === 0 && { usage_metadata: usage(input, chunks.length === 1 ? 1 : 0) }),
    ...(index > 0 && index === chunks.length - 1 && { usage_metadata: usage(0, chunks.length) }),
    // Merging chunks joins equal strings end to end, so each of these may be said only once.
    response_metadata: {
      ...(index === 0 && { model_name: 'interject-demo' }),
      ...(index === chunks.length - 1 && { finish_reason: reply.kind === 'answer' ? 'stop' : 'tool_calls' }),
    },
  }));
}

const usage = (input: number, output: number): UsageMetadata => ({
  input_tokens: input,
  output_tokens: output,
  total_tokens: input + output,
});
/** A word with the white space before it: about what a token is. */
const words = (text: string): string[] => text.match(/\s*\S+/g) ?? [];
const textChunks = (text: string): ChunkFields[] => words(text).map((content) => ({ content }));

/**
 * Like a provider: name and id first, then the arguments' JSON text piece by piece, one call after the other.
 */
function toolCallChunks(cities: readonly string[], messages: readonly BaseMessage[]): ChunkFields[] {
  const taken = new Set(
    messages.flatMap((message) =>
      AIMessage.isInstance(message) ? (message.tool_calls ?? []).map((call) => call.id) : [],
    ),
  );
  return cities.flatMap((city, index) => {
    let number = taken.size + 1;
    while (taken.has(`call_${number}`)) number += 1;
    const id = `call_${number}`;
    taken.add(id);
    const parts = JSON.stringify({ query: city }).match(/.{1,4}/gsu) ?? [];
    return [
      {
        content: '',
        tool_call_chunks: [{ type: 'tool_call_chunk', name: 'weather_search', id, args: '', index }],
      },
      ...parts.map(
        (args): ChunkFields => ({
          content: '',
          tool_call_chunks: [{ type: 'tool_call_chunk', args, index }],
        }),
      ),
    ];
  });
}
