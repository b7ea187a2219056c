import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  HumanMessage,
  ToolMessage,
  type UsageMetadata,
} from '@langchain/core/messages';
import { MemorySaver } from '@langchain/langgraph';
import { expect, test, vi } from 'vitest';
import { createWeatherAgent } from '../../examples/weather-agent/agent.ts';
import { DemoChatModel } from '../../examples/weather-agent/demo-model.ts';
import { type Pace, paceOf } from '../../examples/weather-agent/pace.ts';

const HOUR = 3_600_000;
const config = { configurable: { thread_id: 'thread' } };

function startAgent(pace: Pace = paceOf(0)) {
  const agent = createWeatherAgent(new DemoChatModel(pace), pace);
  agent.checkpointer = new MemorySaver();
  return agent;
}

const ask = (text: string) => ({ messages: [new HumanMessage(text)] });
const sf = () => ask("what's the weather in sf?");
const nyc = () => ask("what's the weather in nyc?");

/** role, and what was said or called, message by message */
const transcript = (messages: readonly BaseMessage[]) =>
  messages.map((message) => {
    const called = AIMessage.isInstance(message)
      ? (message.tool_calls ?? []).map((call) => `${call.name}(${call.args['query']})`)
      : [];
    return [message.type, ...called, ...(message.text === '' ? [] : [message.text])];
  });

async function streamed(agent: ReturnType<typeof startAgent>, input: ReturnType<typeof ask>) {
  const chunks: BaseMessage[] = [];
  for await (const [message] of await agent.stream(input, { ...config, streamMode: 'messages' }))
    chunks.push(message);
  return chunks;
}

test('a run is human, ai (tool call), tool, ai', async () => {
  const { messages } = await startAgent().invoke(sf(), config);

  expect(transcript(messages)).toEqual([
    ['human', "what's the weather in sf?"],
    ['ai', 'weather_search(sf)'],
    ['tool', "It's 60 degrees and foggy in San Francisco."],
    ['ai', expect.stringMatching(/^It's 60 degrees and foggy in San Francisco\. .{40,}/)],
  ]);
});

test('the next turn answers the next city', async () => {
  const agent = startAgent();
  await agent.invoke(sf(), config);

  const { messages } = await agent.invoke(nyc(), config);

  expect(transcript(messages.slice(4))).toEqual([
    ['human', "what's the weather in nyc?"],
    ['ai', 'weather_search(nyc)'],
    ['tool', "It's 90 degrees and sunny in New York."],
    ['ai', expect.stringMatching(/^It's 90 degrees and sunny in New York\. /)],
  ]);
});

test('tokens and tool calls are streamed in parts that add up to the messages of the state', async () => {
  const agent = startAgent();

  const parts = (await streamed(agent, sf())).filter((chunk) => AIMessageChunk.isInstance(chunk));
  const { messages } = (await agent.getState(config)).values as { messages: BaseMessage[] };

  for (const [message, count] of [
    [messages[1], 5],
    [messages[3], 20],
  ] as const) {
    const chunks = parts.filter((chunk) => chunk.id === message?.id);
    const whole = chunks.reduce((before, chunk) => before.concat(chunk));
    expect(chunks.length).toBeGreaterThanOrEqual(count);
    expect(whole).toMatchObject({ text: message?.text, tool_calls: (message as AIMessage).tool_calls });
    expect(whole.usage_metadata).toEqual((message as AIMessage).usage_metadata);
  }
  const calls = parts.flatMap((chunk) => chunk.tool_call_chunks ?? []);
  expect(calls[0]).toMatchObject({ name: 'weather_search', args: '', index: 0 });
  expect(calls.map((call) => call.args).join('')).toBe('{"query":"sf"}');
});

test('usage figures add up and the finish reason is said', async () => {
  const { messages } = await startAgent().invoke(sf(), config);
  const [call, answer] = messages.filter((message) => AIMessage.isInstance(message));

  for (const message of [call, answer]) {
    const usage = message?.usage_metadata as UsageMetadata | undefined;
    expect(usage?.input_tokens).toBeGreaterThan(0);
    expect(usage?.output_tokens).toBeGreaterThan(0);
    expect(usage?.total_tokens).toBe((usage?.input_tokens ?? 0) + (usage?.output_tokens ?? 0));
  }
  expect(answer).toMatchObject({ usage_metadata: { output_tokens: answer?.text.split(' ').length } });
  expect(call?.response_metadata).toEqual({ model_name: 'interject-demo', finish_reason: 'tool_calls' });
  expect(answer?.response_metadata).toEqual({ model_name: 'interject-demo', finish_reason: 'stop' });
});

test('several cities are looked up by parallel calls, each a task of its own', async () => {
  const agent = startAgent();
  const tasks: unknown[] = [];

  for await (const { type, payload } of await agent.stream(ask('weather in sf and nyc?'), {
    ...config,
    streamMode: 'debug',
  })) {
    if (type === 'task' && payload.name === 'tools') tasks.push(payload.input.lg_tool_call);
  }
  const { messages } = (await agent.getState(config)).values as { messages: BaseMessage[] };

  expect(tasks).toMatchObject([{ args: { query: 'sf' } }, { args: { query: 'nyc' } }]);
  expect(new Set((messages[1] as AIMessage).tool_calls?.map((call) => call.id)).size).toBe(2);
  expect(messages.map((message) => message.type)).toEqual(['human', 'ai', 'tool', 'tool', 'ai']);
  expect(messages.at(-1)?.text).toMatch(
    /^It's 60 degrees and foggy in San Francisco\. It's 90 degrees and sunny in New York\. /,
  );
});

test('tool calls of one conversation never share an id', async () => {
  const agent = startAgent();
  await agent.invoke(sf(), config);
  await agent.invoke(nyc(), config);

  const { messages } = await agent.invoke(sf(), config);

  const ids = messages
    .filter((message) => ToolMessage.isInstance(message))
    .map((message) => message.tool_call_id);
  expect(new Set(ids).size).toBe(3);
});

test('without a pace nothing waits', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'setInterval'] });
  try {
    await startAgent().invoke(sf(), config);
  } finally {
    vi.useRealTimers();
  }
});

test('an abort in mid-answer ends the run although the next token is an hour away', async () => {
  const agent = startAgent({ ...paceOf(0), answerMs: HOUR, maxGapMs: HOUR });
  const controller = new AbortController();
  const seen: string[] = [];

  const run = (async () => {
    for await (const [message] of await agent.stream(sf(), {
      ...config,
      streamMode: 'messages',
      signal: controller.signal,
    })) {
      if (AIMessageChunk.isInstance(message) && message.text !== '') {
        seen.push(message.text);
        controller.abort();
      }
    }
  })();

  await expect(run).rejects.toThrow(/abort/i);
  expect(seen).toEqual(["It's"]);
  expect((await agent.getState(config)).next).toEqual(['agent']);
});

test('an abort before the first token ends the model call too', async () => {
  const model = new DemoChatModel({ ...paceOf(0), thinkMs: HOUR });
  const controller = new AbortController();
  const call = model.invoke(sf().messages, { signal: controller.signal });

  controller.abort();

  await expect(call).rejects.toThrow(/abort/i);
});

test('an abort while the tool works ends the run and leaves the call unanswered', async () => {
  const agent = startAgent({ ...paceOf(0), toolMs: HOUR });
  const controller = new AbortController();

  const run = (async () => {
    for await (const update of await agent.stream(sf(), {
      ...config,
      streamMode: 'updates',
      signal: controller.signal,
    })) {
      if ('agent' in update) controller.abort();
    }
  })();

  await expect(run).rejects.toThrow(/abort/i);
  const state = await agent.getState(config);
  expect(state.next).toEqual(['tools']);
  expect((state.values as { messages: BaseMessage[] }).messages.map((message) => message.type)).toEqual([
    'human',
    'ai',
  ]);
});

test('an interrupted run and the next one are human, ai (tool call), tool, human, ai (tool call), tool, ai', async () => {
  const agent = startAgent();
  for await (const update of await agent.stream(sf(), {
    ...config,
    streamMode: 'updates',
    interruptAfter: ['tools'],
  }))
    void update;

  const { messages } = await agent.invoke(nyc(), config);

  expect(messages.map((message) => message.type)).toEqual([
    'human',
    'ai',
    'tool',
    'human',
    'ai',
    'tool',
    'ai',
  ]);
  expect(messages.at(-1)?.text).toMatch(/San Francisco.*New York/);
});
