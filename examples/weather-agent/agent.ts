import type { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { createReactAgent } from '@langchain/langgraph/prebuilt';
import { chooseModel } from './model.ts';
import { type Pace, paceFrom } from './pace.ts';
import { createWeatherSearch } from './weather.ts';

/** A ReAct agent that looks the weather up. Compiled without a checkpointer: the server brings its own. */
export const createWeatherAgent = (model: BaseChatModel, pace: Pace) =>
  // Not `createAgent` of `langchain`, which builds the same loop: importing that package takes 40 ms more of
  // every start of the server.
  createReactAgent({
    llm: model,
    tools: [createWeatherSearch(pace)],
    prompt:
      'You are a friendly weather reporter. Look the weather up before you talk about it, and keep it to three sentences.',
    // Each tool call is a task of its own, so an interrupt between two of them keeps the one that has
    // finished.
    version: 'v2',
  });

const pace = paceFrom(process.env);

export const agent = createWeatherAgent(await chooseModel(process.env, pace), pace);
