import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { AIMessageChunk, type BaseMessage, type StandardMessageStructure } from '@langchain/core/messages';
import type { ToolCallChunk } from '@langchain/core/messages/tool';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';
import { pass } from './gates.ts';

type ScriptedToolCall = {
  readonly id: string;
  readonly name: string;
  readonly args: Record<string, unknown>;
};
/**
 * What the model streams: the pieces of its text or content, then its tool calls, each in two chunks (name
 * and id, then the arguments).
 */
export type Script = {
  readonly text?: readonly string[];
  readonly content?: readonly (string | readonly object[])[];
  readonly toolCalls?: readonly ScriptedToolCall[];
};

/** The words of a text, each with the white space before it. */
export const words = (text: string): string[] => text.match(/\s*\S+/g) ?? [];

/**
 * A streaming chat model that follows a script. Before chunk i it passes the gate `<name>:<i>`, before its
 * end `<name>:end`; an abort ends it at whichever gate holds it. It has no timers and reports one output
 * token per chunk.
 */
export class StreamingModel extends BaseChatModel {
  readonly #name: string;
  readonly #script: (messages: readonly BaseMessage[]) => Script;

  constructor(name: string, script: (messages: readonly BaseMessage[]) => Script) {
    super({});
    this.#name = name;
    this.#script = script;
  }

  override _llmType(): string {
    return 'scripted';
  }

  /** The script knows which tools it calls. */
  override bindTools(_tools: BindToolsInput[]) {
    return this.withConfig({});
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
    for (const [index, { content, calls }] of chunksOf(this.#script(messages)).entries()) {
      await pass(`${this.#name}:${index}`, options.signal);
      const message = new AIMessageChunk<StandardMessageStructure>({
        content: content as string,
        tool_call_chunks: calls,
        usage_metadata: {
          input_tokens: index === 0 ? messages.length : 0,
          output_tokens: 1,
          total_tokens: (index === 0 ? messages.length : 0) + 1,
        },
      });
      const text = typeof content === 'string' ? content : '';
      const chunk = new ChatGenerationChunk({ text, message });
      yield chunk;
      await runManager?.handleLLMNewToken(
        text,
        { prompt: 0, completion: 0 },
        undefined,
        undefined,
        undefined,
        { chunk },
      );
    }
    await pass(`${this.#name}:end`, options.signal);
  }
}

function chunksOf({ text = [], content = text, toolCalls = [] }: Script) {
  const chunk = (content: string | readonly object[], calls: ToolCallChunk[] = []) => ({ content, calls });
  return [
    ...content.map((piece) => chunk(piece)),
    ...toolCalls.flatMap(({ id, name, args }, index) => [
      chunk('', [{ type: 'tool_call_chunk', id, name, args: '', index }]),
      chunk('', [{ type: 'tool_call_chunk', args: JSON.stringify(args), index }]),
    ]),
  ];
}
