import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { ChatGenerationChunk } from '@langchain/core/outputs';
import {
  Command,
  interrupt,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { holdForDecision } from '../decisions.ts';
import { StreamingModel } from '../streaming-model.ts';

/**
 * Streams "<speaker> thinks", waits for what the test decides for its run, then streams the end of the
 * message or throws.
 */
class HeldModel extends StreamingModel {
  readonly #runId: string;
  readonly #speaker: string;

  constructor(runId: string, speaker: string) {
    super('model-agent', () => ({}));
    this.#runId = runId;
    this.#speaker = speaker;
  }

  override async *_streamResponseChunks(
    _messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const say = async (text: string): Promise<ChatGenerationChunk> => {
      const chunk = new ChatGenerationChunk({ text, message: new AIMessageChunk(text) });
      await runManager?.handleLLMNewToken(
        text,
        { prompt: 0, completion: 0 },
        undefined,
        undefined,
        undefined,
        { chunk },
      );
      return chunk;
    };
    yield await say(`${this.#speaker} thinks`);
    const decision = await holdForDecision(this.#runId, options.signal);
    if (decision === 'FAIL') throw new Error(`${this.#speaker} was told to fail`);
    yield await say(decision === 'PAUSE' ? ', asks' : ', done');
  }
}

/** `label` and the run's id are in the config; the test decides by the run's id (decisions.ts). */
async function speak(
  { messages }: typeof MessagesAnnotation.State,
  config: LangGraphRunnableConfig,
  answer?: string,
): Promise<Command> {
  const { run_id: runId, label } = config.configurable ?? {};
  const speaker = answer === undefined ? String(label) : `${label} (told ${answer})`;
  const message = await new HeldModel(String(runId), speaker).invoke(messages, config);
  return new Command({
    update: { messages: [message] },
    ...(message.text.endsWith('asks') ? { goto: 'approval' } : {}),
  });
}

/** One message a run, after which it ends or asks a human; who resumes it makes it speak again. */
export const graph = new StateGraph(MessagesAnnotation)
  .addNode('speak', (state: typeof MessagesAnnotation.State, config) => speak(state, config), {
    ends: ['approval'],
  })
  .addNode(
    'approval',
    (state: typeof MessagesAnnotation.State, config) => {
      const answer: string = interrupt({ question: 'Go on?' });
      return speak(state, config, answer);
    },
    { ends: ['approval'] },
  )
  .addEdge(START, 'speak')
  .compile();
