import type { AIMessage } from '@langchain/core/messages';
import { tool } from '@langchain/core/tools';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { ToolNode } from '@langchain/langgraph/prebuilt';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { StateBuffer } from '../../../src/orchestrator/ports/checkpoints.ts';
import { type Checkpoints, openCheckpoints } from '../../storage/checkpoints/checkpoints-fixture.ts';
import { gate, pass, resetGates } from '../../support/gates.ts';
import { graph as nested } from '../../support/graphs/nested.ts';
import { graph as throwingEdge } from '../../support/graphs/throwing-edge.ts';
import { graph as trivial } from '../../support/graphs/trivial.ts';
import { graph as twoTools } from '../../support/graphs/two-tools.ts';
import { words } from '../../support/streaming-model.ts';
import { type Backing, Conversation, human, strictModel } from './interrupted.ts';

const STOPPED = 'tool: The tool call was stopped before it finished. (error)';

let checkpoints: Checkpoints;
beforeEach(async () => {
  checkpoints = await openCheckpoints();
});
afterEach(async () => {
  resetGates();
  await checkpoints[Symbol.asyncDispose]();
});

/** A thread of our own storage: runs write through their claims, the repair into a buffer. */
async function stored(): Promise<Backing> {
  const threadId = await checkpoints.thread();
  const { store } = checkpoints;
  let claim = await checkpoints.claim(threadId);
  return {
    threadId,
    reader: store.reader(),
    claimed: async () => {
      claim = await checkpoints.claim(threadId);
      return store.claimed(claim);
    },
    buffer: () => store.buffer(threadId, claim.runId),
    commit: (buffer: StateBuffer) => checkpoints.transaction((tx) => tx.commit(buffer)),
  };
}

describe('over the storage of the product', () => {
  test('an input that had not been committed is kept', async () => {
    const thread = new Conversation(trivial, await stored());

    await thread.reconcile({ uncommittedInput: { messages: [human('hi')] }, partials: [] });

    expect(await thread.transcript()).toEqual(['human: hi']);
  });

  test('finished tools keep their results, the others are answered', async () => {
    const thread = new Conversation(twoTools, await stored());
    const second = gate('two-tools:second');
    await thread.interrupt({ messages: [human('hi')] }, async () => {
      await second.reached;
      await expect.poll(() => thread.transcript()).toContain('tool: first says yes');
    });

    await thread.reconcile();

    expect(await thread.transcript()).toEqual([
      'human: hi',
      'ai:  [first, second]',
      'tool: first says yes',
      STOPPED,
    ]);
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

  test('nested subgraphs hand over what they added', async () => {
    const thread = new Conversation(nested, await stored());
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

  test('an edge that throws on a partial message leaves one checkpoint', async () => {
    const thread = new Conversation(throwingEdge, await stored());
    const half = gate('throwing-edge:2');
    await thread.interrupt({ messages: [human('hi')] }, async (seen) => {
      await half.reached;
      await seen('{"next": "en');
    });

    await thread.reconcile();

    expect(await thread.transcript()).toEqual(['human: hi', 'ai: {"next": "en (partial)']);
    expect((await thread.state()).next).toEqual([]);
  });

  test('a call further up is answered where it belongs', async () => {
    const asks = { type: 'ai', id: 'asks', content: '', tool_calls: [{ id: 'a', name: 'a', args: {} }] };
    const thread = new Conversation(trivial, await stored());

    const events = await thread.reconcile({
      uncommittedInput: { messages: [asks, human('hi')] },
      partials: [],
    });

    expect(await thread.transcript()).toEqual(['ai:  [a]', STOPPED, 'human: hi']);
    expect(events).toEqual([
      { kind: 'MESSAGES_RESET', checkpointId: (await thread.state()).config.configurable?.['checkpoint_id'] },
    ]);
  });

  test('a subgraph with a memory of its own is repaired too', async () => {
    const first = tool(
      async (_args, config) => {
        await pass('first', config?.signal);
        return 'first result';
      },
      { name: 'first', description: 'first', schema: z.object({}) },
    );
    const model = strictModel('agent', (messages) =>
      messages.at(-1)?.type === 'tool'
        ? { text: words('Done.') }
        : { toolCalls: [{ id: `call-${messages.length}`, name: 'first', args: {} }] },
    );
    const inner = new StateGraph(MessagesAnnotation)
      .addNode('agent', async ({ messages }, config) => ({
        messages: [await model.invoke(messages, config)],
      }))
      .addNode('tools', new ToolNode([first]))
      .addEdge(START, 'agent')
      .addConditionalEdges('agent', ({ messages }) =>
        (messages.at(-1) as AIMessage).tool_calls?.length ? 'tools' : '__end__',
      )
      .addEdge('tools', 'agent')
      .compile({ checkpointer: true });
    const graph = new StateGraph(MessagesAnnotation)
      .addNode('inner', inner)
      .addEdge(START, 'inner')
      .compile();
    const thread = new Conversation(graph, await stored());
    await thread.run({ messages: [human('one')] });
    const held = gate('first');
    await thread.interrupt({ messages: [human('two')] }, () => held.reached);

    await thread.reconcile();

    expect((await thread.transcript()).slice(4)).toEqual(['human: two', 'ai:  [first]', STOPPED]);
    resetGates();
    await thread.run({ messages: [human('three')] });
    expect((await thread.transcript()).slice(7)).toEqual([
      'human: three',
      'ai:  [first]',
      'tool: first result',
      'ai: Done.',
    ]);
    expect(await thread.complaints()).toEqual([]);
  });
});
