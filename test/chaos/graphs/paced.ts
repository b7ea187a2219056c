import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatGenerationChunk } from '@langchain/core/outputs';
import { tool } from '@langchain/core/tools';
import { END, interrupt, type LangGraphRunnableConfig, MessagesAnnotation, Send, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { StreamingModel, words } from '../../support/streaming-model.ts';

/**
 * An agent that takes its time, for servers that are killed, paused and restarted meanwhile. The second word of the last human message says
 * what it does: `say` streams an answer; `tools` calls two tools at once, then answers; `ask` calls a tool that asks a human; `deep` answers
 * from a subgraph; `fail` throws while it streams. Each execution of a node or a tool tells CUSTOM events with an id of its own.
 */
const PACE_MS = 6;

type State = typeof MessagesAnnotation.State;

/** Tells that this execution is at work; its id is told with each further piece. */
function execution(config: LangGraphRunnableConfig): () => void {
  const id = randomUUID();
  const tell = () => config.writer?.({ execution: id });
  tell();
  return tell;
}

class PacedModel extends StreamingModel {
  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this['ParsedCallOptions'],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    for await (const chunk of super._streamResponseChunks(messages, options, runManager)) {
      await sleep(PACE_MS, undefined, options.signal === undefined ? {} : { signal: options.signal });
      yield chunk;
    }
  }
}

const wishOf = ({ messages }: State): string[] => (messages.findLast((message) => message.type === 'human')?.text ?? '').split(' ');
const answerTo = ([label]: readonly string[]) => words(`this is the whole answer to ${label} and nothing more than that`);

async function speak(state: State, config: LangGraphRunnableConfig) {
  const tell = execution(config);
  const [label = '', wish] = wishOf(state);
  const isAnswered = state.messages.at(-1)?.type === 'tool';
  const model = new PacedModel('paced', () => {
    if (isAnswered || (wish !== 'tools' && wish !== 'ask')) return { text: answerTo([label]) };
    const names = wish === 'ask' ? ['approve', 'look'] : ['look', 'count'];
    return { text: words('let me see'), toolCalls: names.map((name) => ({ id: randomUUID(), name, args: { about: label } })) };
  });
  const message = await model.invoke(state.messages, config);
  tell();
  if (wish === 'fail') throw new Error(`${label} was told to fail`);
  return { messages: [message] };
}

const pacedTool = (name: string, answer: () => string) =>
  tool(
    async ({ about }, config) => {
      const tell = execution(config);
      for (let count = 0; count < 5; count += 1) await sleep(PACE_MS, undefined, { signal: config.signal });
      tell();
      return `${name} of ${about}: ${answer()}`;
    },
    { name, description: `The tool ${name}`, schema: z.object({ about: z.string() }) },
  );
const tools = new ToolNode([
  pacedTool('look', () => 'seen'),
  pacedTool('count', () => 'three'),
  pacedTool('approve', () => String(interrupt({ question: 'May I?' }))),
]);

const inmost = new StateGraph(MessagesAnnotation)
  .addNode('prepare', () => ({ messages: [new AIMessage({ id: randomUUID(), content: 'prepared' })] }))
  .addNode('speak', speak)
  .addEdge(START, 'prepare')
  .addEdge('prepare', 'speak')
  .compile();

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', speak)
  .addNode('deep', inmost)
  .addNode('tools', tools)
  .addConditionalEdges(START, (state) => (wishOf(state)[1] === 'deep' ? 'deep' : 'agent'), ['deep', 'agent'])
  .addConditionalEdges(
    'agent',
    ({ messages }) => {
      const last = messages.at(-1);
      const calls = AIMessage.isInstance(last) ? (last.tool_calls ?? []) : [];
      return calls.length === 0 ? END : calls.map((call) => new Send('tools', { messages, lg_tool_call: call }));
    },
    ['tools', END],
  )
  .addEdge('tools', 'agent')
  .compile();
