import { afterEach, expect, test, vi } from 'vitest';
import { gate, resetGates } from '../../support/gates.ts';
import { graph as nested } from '../../support/graphs/nested.ts';
import { graph as noMessages } from '../../support/graphs/no-messages.ts';
import { graph as subgraph } from '../../support/graphs/subgraph.ts';
import { graph as throwingEdge } from '../../support/graphs/throwing-edge.ts';
import { graph as twoStreams } from '../../support/graphs/two-streams.ts';
import { graph as twoTools } from '../../support/graphs/two-tools.ts';
import { Conversation, human } from './interrupted.ts';

afterEach(resetGates);

const STOPPED = 'tool: The tool call was stopped before it finished. (error)';

test('text of two nodes that streamed at once is kept, in the order of their first tokens', async () => {
  const thread = new Conversation(twoStreams);
  const right = gate('two-streams:right:0');
  const left = gate('two-streams:left:2');
  const rightMore = gate('two-streams:right:1');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await left.reached;
    await seen('Left has');
    await right.reached;
    right.open();
    await rightMore.reached;
    await seen('Right');
  });

  const events = await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: Left has (partial)', 'ai: Right (partial)']);
  expect(events.map(({ kind }) => kind)).toEqual(['MESSAGE_COMPLETED', 'MESSAGE_COMPLETED']);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai: Left has (partial)',
    'ai: Right (partial)',
    'human: again',
    'ai: Left has three words more.',
    'ai: Right has three words more.',
  ]);
});

test('of two tools of which one is done, that one keeps its result and the other is answered as stopped', async () => {
  const thread = new Conversation(twoTools);
  const second = gate('two-tools:second');
  const first = gate('two-tools:first');
  await thread.interrupt({ messages: [human('hi')] }, async () => {
    await second.reached;
    await first.reached;
    first.open();
    await vi.waitUntil(async () =>
      (await thread.transcript()).some((line) => line === 'tool: first says yes'),
    );
  });

  const events = await thread.reconcile();

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai:  [first, second]',
    'tool: first says yes',
    STOPPED,
  ]);
  expect(events.map(({ kind }) => kind)).toEqual(['MESSAGE_STARTED', 'MESSAGE_COMPLETED']);
  expect(await thread.complaints()).toEqual([]);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect((await thread.transcript()).slice(4)).toEqual([
    'human: again',
    'ai:  [first, second]',
    'tool: first says yes',
    'tool: second says yes',
    'ai: Both tools have answered.',
  ]);
});

test('what a subgraph had completed goes to the parent, before its partial message', async () => {
  const thread = new Conversation(subgraph);
  const speak = gate('subgraph:speak:2');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await speak.reached;
    await seen('The subgraph');
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: prepared', 'ai: The subgraph (partial)']);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect((await thread.transcript()).slice(3)).toEqual([
    'human: again',
    'ai: prepared',
    'ai: The subgraph speaks now.',
    'ai: finished',
  ]);
});

test('messages of nested subgraphs come outermost first', async () => {
  const thread = new Conversation(nested);
  const speak = gate('nested:speak:2');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await speak.reached;
    await seen('The inmost');
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual([
    'human: hi',
    'ai: middle prepared',
    'ai: inmost prepared',
    'ai: The inmost (partial)',
  ]);
});

test('a conditional edge that throws on a partial message does not lose it', async () => {
  const thread = new Conversation(throwingEdge);
  const half = gate('throwing-edge:2');
  await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
    await half.reached;
    await seen('{"next": "en');
  });

  await thread.reconcile();

  expect(await thread.transcript()).toEqual(['human: hi', 'ai: {"next": "en (partial)']);
  expect((await thread.state()).next).toEqual([]);
  resetGates();
  await thread.run({ messages: [human('again')] });
  expect((await thread.transcript()).slice(2)).toEqual(['human: again', 'ai: {"next": "end"}']);
});

test('a graph without messages keeps its checkpoints', async () => {
  const thread = new Conversation(noMessages);
  const second = gate('no-messages');
  await thread.interrupt({ counter: 5 }, () => second.reached);

  expect(await thread.reconcile()).toEqual([]);

  expect((await thread.state()).values).toEqual({ counter: 6 });
});
