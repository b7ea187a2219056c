import { AIMessage } from '@langchain/core/messages';
import { type LangGraphRunnableConfig, MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { pass } from '../gates.ts';

const NODES = ['first', 'second', 'third'] as const;
export type Executions = Record<(typeof NODES)[number], number>;

// Kept by the process, as in gates.ts.
const KEY = Symbol.for('interject.test.side-effects');
const kept = globalThis as { [KEY]?: Map<string, Executions> };
kept[KEY] ??= new Map();
const counts = kept[KEY];

/** How often each node has been started on a thread in this process. */
export const executions = (threadId: string): Executions => ({
  first: 0,
  second: 0,
  third: 0,
  ...counts.get(threadId),
});

/**
 * Three steps whose executions are counted, for tests of crashes and replays. Gates: `side-effects:first`,
 * `side-effects:second` and `side-effects:third`, each in its node, after it was counted.
 */
const count = (node: (typeof NODES)[number]) => async (_state: unknown, config: LangGraphRunnableConfig) => {
  const threadId = String(config.configurable?.['thread_id']);
  const before = executions(threadId);
  counts.set(threadId, { ...before, [node]: before[node] + 1 });
  await pass(`side-effects:${node}`, config.signal);
  return { messages: [new AIMessage(node)] };
};

export const graph = new StateGraph(MessagesAnnotation)
  .addNode('first', count('first'))
  .addNode('second', count('second'))
  .addNode('third', count('third'))
  .addEdge(START, 'first')
  .addEdge('first', 'second')
  .addEdge('second', 'third')
  .compile();
