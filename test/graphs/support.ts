import { v7 } from 'uuid';
import type { EventBody } from '../../src/domain/event.ts';
import type { ThreadId } from '../../src/domain/ids.ts';
import { DEFAULT_RUN_OPTIONS } from '../../src/domain/run-options.ts';
import { execute } from '../../src/graphs/execution/execution.ts';
import type { CompiledGraph } from '../../src/graphs/loading/graph-source.ts';
import { LoadedGraphs } from '../../src/graphs/loading/loaded-graphs.ts';
import type { LoadedGraph } from '../../src/graphs/loading/loader.ts';
import type { Execution, GraphCall, StreamEnd } from '../../src/orchestrator/ports/graph-host.ts';
import { Underway } from '../../src/orchestrator/ports/underway.ts';
import { claimOf, type MemoryCheckpoints } from '../support/savers.ts';

export const reference = { graphId: 'agent', file: '/agent.ts', exportName: 'default', description: null };

/** The source of one graph, named agent. */
export const source = (graph: unknown): LoadedGraphs =>
  new LoadedGraphs([
    {
      kind: 'compiled',
      reference,
      graph: ((graph as { graph?: unknown }).graph ?? graph) as CompiledGraph,
    } satisfies LoadedGraph,
  ]);

export const callOf = (fields: Partial<GraphCall> = {}): GraphCall => ({
  threadId: 'thread-1' as ThreadId,
  runId: v7(),
  assistantId: 'assistant-1',
  config: {},
  context: null,
  metadata: {},
  ...fields,
});

export type Ran = { readonly end: StreamEnd; readonly events: readonly EventBody[] };
export type RunOptions = Partial<Omit<Execution, 'graphId' | 'saver' | 'call'>> & {
  readonly call?: Partial<GraphCall>;
};

/** Runs the graph once on `checkpoints` and gathers its events. */
export async function run(
  graph: unknown,
  checkpoints: MemoryCheckpoints,
  { call, ...options }: RunOptions = {},
): Promise<Ran> {
  const events: EventBody[] = [];
  const whole = callOf(call);
  const end = await execute(source(graph), {
    graphId: 'agent',
    call: whole,
    attempt: 1,
    start: { kind: 'continue' },
    baseCheckpointId: null,
    ...DEFAULT_RUN_OPTIONS,
    underway: new Underway(),
    saver: checkpoints.claimed(claimOf(whole.threadId, whole.runId ?? '')),
    signal: new AbortController().signal,
    ...options,
    emit: (bodies) => {
      events.push(...bodies);
      return options.emit?.(bodies);
    },
  });
  return { end, events };
}

export const input = (text: string, id?: string): Execution['start'] => ({
  kind: 'input',
  input: { messages: [{ role: 'user', content: text, ...(id === undefined ? {} : { id }) }] },
});

type Of<K extends EventBody['kind']> = Extract<EventBody, { kind: K }>;
export const only = <K extends EventBody['kind']>(events: readonly EventBody[], ...kinds: K[]): Of<K>[] =>
  events.filter((event): event is Of<K> => (kinds as string[]).includes(event.kind));

/** The conversation's events in short: `+type` begun, `~text` a delta, `=type content` completed, `reset`. */
export const conversation = (events: readonly EventBody[]): string[] =>
  only(events, 'MESSAGE_STARTED', 'MESSAGE_DELTA', 'MESSAGE_COMPLETED', 'MESSAGES_RESET').map((event) => {
    if (event.kind === 'MESSAGE_STARTED') return `+${event.message.type}`;
    if (event.kind === 'MESSAGE_DELTA') return `~${event.text}`;
    if (event.kind === 'MESSAGES_RESET') return 'reset';
    const { type, content } = event.message;
    return `=${type} ${typeof content === 'string' ? content : JSON.stringify(content)}`;
  });
