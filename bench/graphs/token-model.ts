import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { BaseChatModel, type BindToolsInput } from '@langchain/core/language_models/chat_models';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk, type ChatResult } from '@langchain/core/outputs';

export type TokenModelOptions = {
  /** Tokens of one answer; Infinity: until it is aborted. */
  readonly tokens: number;
  /** Wait before each token, ms; 0: none at all. */
  readonly paceMs: number;
  /** Tool rounds before the answer; each calls the tool `look_up` once. */
  readonly toolRounds?: number;
};

/**
 * A streaming chat model that costs next to nothing: what a run takes with it is the graph's and the
 * server's.
 */
export class TokenModel extends BaseChatModel {
  readonly #options: TokenModelOptions;

  constructor(options: TokenModelOptions) {
    super({});
    this.#options = options;
  }

  override _llmType(): string {
    return 'tokens';
  }

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
    { signal }: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const { tokens, paceMs, toolRounds = 0 } = this.#options;
    const say = async (message: AIMessageChunk): Promise<ChatGenerationChunk> => {
      const chunk = new ChatGenerationChunk({ text: message.text, message });
      await runManager?.handleLLMNewToken(
        message.text,
        { prompt: 0, completion: 0 },
        undefined,
        undefined,
        undefined,
        { chunk },
      );
      return chunk;
    };
    for (let index = 0; index < tokens; index += 1) {
      if (paceMs > 0) await sleep(paceMs, undefined, signal === undefined ? {} : { signal });
      signal?.throwIfAborted();
      yield await say(new AIMessageChunk(`token${index} `));
    }
    const question = messages.findLastIndex(({ type }) => type === 'human');
    const round = messages.slice(question).filter(({ type }) => type === 'tool').length;
    if (round >= toolRounds) return;
    const call = {
      type: 'tool_call_chunk' as const,
      id: `call-${messages.length}`,
      name: 'look_up',
      args: '{"word":"bench"}',
      index: 0,
    };
    yield await say(new AIMessageChunk({ content: '', tool_call_chunks: [call] }));
  }
}
