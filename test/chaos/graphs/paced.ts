import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CallbackManagerForLLMRun } from '@langchain/core/callbacks/manager';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatGenerationChunk } from '@langchain/core/outputs';
import { tool } from '@langchain/core/tools';
import {
  END,
  interrupt,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { z } from 'zod';
import { StreamingModel, words } from '../../support/streaming-model.ts';
import { PRIVATE } from './private.ts';

/**
 * An agent that takes its time, for servers that are killed, paused and restarted meanwhile. The second word
 * of the last human message says what it does: `say` streams an answer; `tools` calls two tools at once, then
 * answers; `ask` calls a tool that asks a human; `deep` answers from a subgraph; `delegate` calls a tool that
 * asks a subagent; `hold` calls a tool that takes long, whose call is open at many a stop; `fail` throws
 * while it streams; `timer` throws from a timer meanwhile. Each execution of a node or a tool tells CUSTOM
 * events with an id of its own.
 */
const PACE_MS = 6;
/** Of the tool that `hold` calls, in paces. */
const LONG = 130;
/** Before an answer can have ended, which takes a pace for each of its words. */
const TIMER_MS = 3 * PACE_MS;

/** Which tools the model calls, by what it is asked. */
const CALLS: Readonly<Record<string, readonly string[]>> = {
  tools: ['look', 'count'],
  ask: ['approve', 'look'],
  delegate: ['delegate', 'look'],
  hold: ['hold', 'look'],
};

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

const wishOf = ({ messages }: State): string[] =>
  (messages.findLast((message) => message.type === 'human')?.text ?? '').split(' ');
const answerTo = ([label]: readonly string[]) =>
  words(`this is the whole answer to ${label} and nothing more than that`);

async function speak(state: State, config: LangGraphRunnableConfig) {
  const tell = execution(config);
  const [label = '', wish = ''] = wishOf(state);
  const isAnswered = state.messages.at(-1)?.type === 'tool';
  const model = new PacedModel('paced', () => {
    const names = CALLS[wish];
    if (isAnswered || names === undefined) return { text: answerTo([label]) };
    return {
      text: words('let me see'),
      toolCalls: names.map((name) => ({ id: randomUUID(), name, args: { about: label } })),
    };
  });
  if (wish === 'timer') setTimeout(() => throwTo(label), TIMER_MS);
  const message = await model.invoke(state.messages, config);
  tell();
  if (wish === 'fail') throw new Error(`${label} was told to fail`);
  return { messages: [message] };
}

function throwTo(label: string): never {
  throw new Error(`${label} was told to throw from a timer`);
}

/** Answers about the label in its own words, and keeps them to itself. */
const subagent = new StateGraph(MessagesAnnotation)
  .addNode('answer', async ({ messages }, config) => {
    const model = new PacedModel('private', () => ({
      text: words(`${PRIVATE} I know all about ${messages.at(-1)?.text}`),
    }));
    return { messages: [await model.invoke(messages, config)] };
  })
  .addEdge(START, 'answer')
  .compile();

type Answer = (about: string, config: LangGraphRunnableConfig) => string | Promise<string>;

const pacedTool = (name: string, answer: Answer, paces = 5) =>
  tool(
    async ({ about }, config) => {
      const tell = execution(config);
      for (let count = 0; count < paces; count += 1)
        await sleep(PACE_MS, undefined, { signal: config.signal });
      tell();
      return `${name} of ${about}: ${await answer(about, config)}`;
    },
    { name, description: `The tool ${name}`, schema: z.object({ about: z.string() }) },
  );
const tools = new ToolNode([
  pacedTool('look', () => 'seen'),
  pacedTool('count', () => 'three'),
  pacedTool('approve', () => String(interrupt({ question: 'May I?' }))),
  pacedTool('hold', () => 'held', LONG),
  pacedTool('delegate', async (about, config) => {
    await subagent.invoke({ messages: [{ type: 'human', content: about }] }, config);
    return 'known';
  }),
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
      return calls.length === 0
        ? END
        : calls.map((call) => new Send('tools', { messages, lg_tool_call: call }));
    },
    ['tools', END],
  )
  .addEdge('tools', 'agent')
  .compile();
