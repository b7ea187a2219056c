import { readdirSync, readFileSync } from 'node:fs';
import { AIMessageChunk, type BaseMessage } from '@langchain/core/messages';
import { Command, INTERRUPT, isInterrupted, MemorySaver } from '@langchain/langgraph';
import { afterEach, describe, expect, test } from 'vitest';
import { gate, resetGates } from './gates.ts';
import { graph as approval } from './graphs/approval.ts';
import { graph as blocks } from './graphs/blocks.ts';
import { graph as breakpoints } from './graphs/breakpoints.ts';
import { graph as createdAgent } from './graphs/create-agent.ts';
import { graph as customEvents } from './graphs/custom-events.ts';
import { graph as deafPlaces } from './graphs/deaf-places.ts';
import { graph as echo } from './graphs/echo.ts';
import { graph as factory } from './graphs/factory.ts';
import { graph as failing } from './graphs/failing.ts';
import { graph as halfApproved } from './graphs/half-approved.ts';
import { graph as nested } from './graphs/nested.ts';
import { graph as noMessages } from './graphs/no-messages.ts';
import { graph as question } from './graphs/question.ts';
import { executions, graph as sideEffects } from './graphs/side-effects.ts';
import { graph as slowAbort } from './graphs/slow-abort.ts';
import { graph as subgraph } from './graphs/subgraph.ts';
import { graph as throwingEdge } from './graphs/throwing-edge.ts';
import { graph as trivial } from './graphs/trivial.ts';
import { graph as twoApprovals } from './graphs/two-approvals.ts';
import { graph as twoStreams } from './graphs/two-streams.ts';
import { graph as twoTools } from './graphs/two-tools.ts';
import { graph as uncompiled } from './graphs/uncompiled.ts';
import { graph as zodState } from './graphs/zod-state.ts';

afterEach(resetGates);

const hello = { messages: [{ role: 'user' as const, content: 'one two three' }] };
const config = { configurable: { thread_id: 'thread' } };
const said = ({ messages }: { messages: BaseMessage[] }) =>
  messages.map((message) => `${message.type}: ${message.text}`);
const withSaver = <G extends { checkpointer?: unknown }>(graph: G): G =>
  Object.assign(graph, { checkpointer: new MemorySaver() });

test('langgraph.json names every graph of its folder', () => {
  const folder = new URL('./graphs/', import.meta.url);
  const { graphs } = JSON.parse(readFileSync(new URL('langgraph.json', folder), 'utf8')) as {
    graphs: Record<string, string>;
  };
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts'));

  expect(graphs).toEqual(
    Object.fromEntries(files.map((file) => [file.replace('.ts', ''), `./${file}:graph`])),
  );
});

describe('a graph runs to its end by itself', () => {
  test.each([
    ['trivial', trivial, ['ai: ok']],
    ['echo', echo, ['ai: one two three']],
    [
      'two-tools',
      twoTools,
      ['ai: ', 'tool: first says yes', 'tool: second says yes', 'ai: Both tools have answered.'],
    ],
    ['blocks', blocks, ['ai: Let me \u{1f50d} look.', 'tool: sun', 'ai: It is sunny \u{1f31e}.']],
    ['two-streams', twoStreams, ['ai: Left has three words more.', 'ai: Right has three words more.']],
    ['subgraph', subgraph, ['ai: prepared', 'ai: The subgraph speaks now.', 'ai: finished']],
    ['nested', nested, ['ai: middle prepared', 'ai: inmost prepared', 'ai: The inmost graph speaks.']],
    ['breakpoints', breakpoints, ['ai: a', 'ai: b', 'ai: c']],
    ['slow-abort', slowAbort, ['ai: late']],
    ['deaf-places', deafPlaces, ['ai: late']],
    ['throwing-edge', throwingEdge, ['ai: {"next": "end"}']],
    ['custom-events', customEvents, ['ai: worked']],
    ['side-effects', sideEffects, ['ai: first', 'ai: second', 'ai: third']],
    ['create-agent', createdAgent.graph, ['ai: An agent answers.']],
    ['uncompiled', uncompiled.compile(), ['ai: compiled']],
  ])('%s', async (_name, graph, expected) => {
    const state = await (graph as typeof trivial).invoke(hello, {
      configurable: { thread_id: 'to-the-end' },
    });

    expect(said(state)).toEqual(['human: one two three', ...expected]);
  });

  test('question', async () => {
    expect(said((await question.invoke({ question: 'lookup' })) as never)).toEqual([
      'human: lookup',
      'ai: ',
      'tool: found',
      'ai: about lookup',
    ]);
  });

  test('no-messages', async () => {
    expect(await noMessages.invoke({ counter: 40 })).toEqual({ counter: 42 });
  });

  test('factory', async () => {
    const graph = await factory({ configurable: { flavour: 'mint' } });

    expect(said(await graph.invoke(hello))).toEqual(['human: one two three', 'ai: mint']);
  });
});

describe('a graph can be held', () => {
  test('echo stands between two words, and an abort there ends it', async () => {
    const graph = withSaver(echo);
    const second = gate('echo:1');
    const controller = new AbortController();
    const words: string[] = [];
    const firstWord = Promise.withResolvers<void>();

    const run = (async () => {
      for await (const [message] of await graph.stream(hello, {
        ...config,
        streamMode: 'messages',
        signal: controller.signal,
      })) {
        if (AIMessageChunk.isInstance(message)) words.push(message.text);
        firstWord.resolve();
      }
    })();
    await Promise.all([second.reached, firstWord.promise]); // an abort drops what the stream holds unread
    controller.abort();

    await expect(run).rejects.toThrow(/abort/i);
    expect(words).toEqual(['one']);
  });

  test('two-streams has two nodes in mid-stream at once', async () => {
    const left = gate('two-streams:left:1');
    const right = gate('two-streams:right:2');

    const run = twoStreams.invoke(hello);
    await Promise.all([left.reached, right.reached]);
    left.open();
    right.open();

    await run;
  });

  test('two-tools has one tool done while the other works', async () => {
    const graph = withSaver(twoTools);
    const second = gate('two-tools:second');

    const run = graph.invoke(hello, config);
    await second.reached;
    const { tasks } = await graph.getState(config);
    second.open();

    await run;
    expect(tasks.map(({ name }) => name)).toEqual(['tools', 'tools']);
  });

  test('side-effects counts what was started on a thread', async () => {
    const second = gate('side-effects:second');

    const run = sideEffects.invoke(hello, { configurable: { thread_id: 'counted' } });
    await second.reached;
    const atSecond = executions('counted');
    second.open();
    await run;

    expect(atSecond).toEqual({ first: 1, second: 1, third: 0 });
    expect(executions('counted')).toEqual({ first: 1, second: 1, third: 1 });
  });
});

test('approval waits with its tool call unanswered and keeps what the human said', async () => {
  const graph = withSaver(approval);

  const paused: unknown = await graph.invoke(hello, config);
  const { decision, messages } = await graph.invoke(new Command({ resume: { approved: true } }), config);

  expect(isInterrupted(paused) && paused[INTERRUPT]).toMatchObject([
    { value: { action: 'send_email', question: 'Send it?' } },
  ]);
  expect(decision).toEqual({ approved: true });
  expect(messages.map((message) => message.type)).toEqual(['human', 'ai', 'tool', 'ai']);
});

test('two-approvals waits for two answers at once', async () => {
  const graph = withSaver(twoApprovals);

  await graph.invoke(hello, config);
  const ids = (await graph.getState(config)).tasks.flatMap((task) =>
    task.interrupts.map((interrupt) => String(interrupt.id)),
  );
  const { decisions } = await graph.invoke(
    new Command({ resume: Object.fromEntries(ids.map((id, index) => [id, index])) }),
    config,
  );

  expect(ids).toHaveLength(2);
  expect(decisions).toEqual({ left: 0, right: 1 });
});

test('failing completes a step, then throws', async () => {
  const graph = withSaver(failing);

  await expect(graph.invoke(hello, config)).rejects.toThrow(
    expect.objectContaining({ name: 'CustomError', message: 'Boo!' }),
  );
  expect(said((await graph.getState(config)).values as { messages: BaseMessage[] })).toEqual([
    'human: one two three',
    'ai: prepared',
  ]);
});

test('throwing-edge throws on a part of its message', async () => {
  const graph = withSaver(throwingEdge);
  await graph.invoke(hello, config);

  await expect(
    graph.updateState(config, { messages: [{ role: 'ai', content: '{"next"' }] }, 'decide'),
  ).rejects.toThrow(SyntaxError);
});

test('zod-state refuses wrong input', async () => {
  expect(await zodState.invoke({ topic: 'tea' })).toEqual({ topic: 'tea', count: 1 });
  await expect(zodState.invoke({ topic: '' })).rejects.toThrow(/topic/);
});

test.each([
  ['tools', 'tool: seen'],
  ['aside', 'ai: by the way'],
])('half-approved: %s pauses beside something that has finished', async (wish, beside) => {
  const paused = withSaver(halfApproved);

  const result = await paused.invoke({ messages: [{ role: 'user', content: wish }] }, config);

  expect(isInterrupted(result)).toBe(true);
  expect(said((await paused.getState(config)).values).at(-1)).toBe(beside);
});
