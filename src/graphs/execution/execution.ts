import { AsyncLocalStorage } from 'node:async_hooks';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BaseCheckpointSaver, CheckpointTuple } from '@langchain/langgraph';
import type { EventBody, PendingInterrupt } from '../../domain/event.ts';
import type { Json } from '../../domain/json.ts';
import type { RunFailure } from '../../domain/run.ts';
import { optionFaults } from '../../domain/run-options.ts';
import { describeThrown, isA } from '../../domain/thrown.ts';
import { databaseTroubleBehind } from '../../orchestrator/ports/database-unavailable.ts';
import type { Execution, GraphCall, StreamEnd } from '../../orchestrator/ports/graph-host.ts';
import { ClaimLostError } from '../../orchestrator/ports/store.ts';
import type { CompiledGraph, GraphSource } from '../loading/graph-source.ts';
import { CalledTools } from '../loading/user-functions.ts';
import { snapshotAt } from '../state/snapshot.ts';
import { CheckpointGate, durabilityOf } from './checkpoint-gate.ts';
import { tryUpdate } from './command-trial.ts';
import { inScope } from './graph-scope.ts';
import { startGraph, toCommand } from './graph-stream.ts';
import { MessageRecorder } from './message-recorder.ts';
import { ConversationScope, messagesIn, type StateMessage } from './messages-channel.ts';
import { type RunConfig, runConfig } from './run-config.ts';
import { type Mapped, StreamMapper, toPendingInterrupts } from './stream-mapper.ts';
import { TRANSFORMED_MODES, Transformers } from './transformers.ts';

/** What a graph threw, as the run's failure: the error's own name, else its class's. */
function toRunFailure(thrown: unknown): RunFailure {
  const { name, message } = describeThrown(thrown);
  return { name, message };
}

/**
 * The same for what was thrown outside of the graph's nodes, with its stack: nothing else says where it came
 * from.
 */
function toUncaughtFailure(thrown: unknown): RunFailure {
  const { name, message, stack } = describeThrown(thrown);
  return { name, message, ...(stack === undefined ? {} : { stack }) };
}

/**
 * Drives one execution to its end; see GraphHost.execute. Rejects only with what `emit` rejected with, or
 * with the saver's ClaimLostError or a database failure, after the graph has been asked to stop.
 */
export function execute(graphs: GraphSource, execution: Execution): Promise<StreamEnd> {
  const { graphId, call, underway } = execution;
  const tools = new CalledTools();
  const fault = new AbortController();
  let isOver = false;
  const fail = (thrown: unknown): boolean => {
    if (isOver || execution.signal.aborted) return false;
    fault.abort(new UncaughtError(thrown));
    return true;
  };
  const run = { threadId: call.threadId, runId: execution.saver.claim.runId };
  const end = inScope({ graphId, run, execution: { underway, tools, fail } }, () =>
    drive(graphs, execution, tools, fault.signal),
  );
  return end.finally(() => {
    isOver = true;
  });
}

/** Code of the graph threw where no node awaits it: in a timer, a listener, a promise that it let go. */
class UncaughtError extends Error {
  override readonly name = 'AbortError';
  constructor(thrown: unknown) {
    super("The graph's code threw outside its nodes", { cause: thrown });
  }
}

async function drive(
  graphs: GraphSource,
  execution: Execution,
  tools: CalledTools,
  fault: AbortSignal,
): Promise<StreamEnd> {
  const lost = new AbortController();
  /** A refused checkpoint ends the graph, which would otherwise continue without it. */
  const refused = new AbortController();
  let recorder: MessageRecorder | null = null;
  let transformers: Transformers | null = null;
  try {
    const { graphId, call, saver, start, signal } = execution;
    refuseBadOptions(call);
    const graph = await graphs.graphFor(graphId, call, saver);
    const before = await readBefore(graph, execution);
    recorder = new MessageRecorder(new ConversationScope(graph), before.conversation);
    const durability = durabilityOf(call.config);
    const mapper = new StreamMapper({
      recorder,
      startsFromState: start.kind !== 'input',
      reappliedIsKnown: execution.attempt === 1 && before.isHead,
      storesCheckpoints: durability !== 'exit',
    });
    const gate = new CheckpointGate(saver, durability);
    const emit = emitter(execution, lost);
    const options = streamOptions(
      execution,
      heardInScope(AbortSignal.any([signal, lost.signal, refused.signal, fault])),
      tools,
    );

    transformers = Transformers.of(graph, emit);
    const modes = transformers === null ? [] : TRANSFORMED_MODES;
    const { items, read } = await startGraph(graph, inputOf(execution, before.pending), options, {
      callbackEvents: execution.recordEvents,
      modes,
    });
    for await (const item of items) {
      const said = read(item);
      if (said === null) continue;
      if (!('event' in said)) transformers?.take(said);
      const mapped = 'event' in said ? callbackEvent(said.event) : mapper.map(said);
      // Awaiting what is there already would cost every token some turns of the microtask queue.
      const behind = emit(mapped.checkpoint === null ? mapped.bodies : await passed(gate, mapped, refused));
      if (behind !== undefined) await behind;
    }
    await transformers?.finish(AbortSignal.any([signal, lost.signal, fault]));
    await emit(recorder.finish(mapper.rootCheckpointId));
    await emit(
      durability === 'exit' ? await lastCheckpoint(execution, mapper.conversationReset) : await gate.close(),
    );
    fault.throwIfAborted();
    return { kind: 'finished', paused: mapper.paused, interrupts: mapper.interrupts, partials: [] };
  } catch (thrown) {
    // as it is now: a failure that a transformer is notified of and does not catch is not its own
    const { reason } = fault;
    await transformers?.fail(thrown);
    if (lost.signal.aborted) throw lost.signal.reason;
    if (isA(thrown, ClaimLostError) || databaseTroubleBehind(thrown) !== null) throw thrown;
    const partials = recorder?.partials() ?? [];
    if (!execution.signal.aborted) {
      const error = reason instanceof UncaughtError ? toUncaughtFailure(reason.cause) : toRunFailure(thrown);
      return { kind: 'failed', error, partials };
    }
    // The stream rejects at once when it is aborted; one turn later the tasks have reacted, and what they
    // still write has been asked for.
    await nextTurn();
    // settle would be ahead of it, and the fence refuse what a task has completed
    await execution.saver.flushed();
    return { kind: 'aborted', partials };
  }
}

class InvalidConfigError extends Error {
  override readonly name = 'InvalidConfigError';
}

/** Runs are checked when they are created. One that an older version stored fails here instead of hanging. */
function refuseBadOptions({ config }: GraphCall): void {
  const faults = optionFaults(config);
  if (faults.length > 0)
    throw new InvalidConfigError(
      faults.map(({ path, message }) => `config.${path.join('.')} ${message}`).join('; '),
    );
}

async function passed(
  gate: CheckpointGate,
  mapped: Mapped,
  refused: AbortController,
): Promise<readonly EventBody[]> {
  try {
    return await gate.pass(mapped);
  } catch (error) {
    refused.abort(error);
    throw error;
  }
}

/**
 * The same signal, aborted within the scope of the graph's code: what its listeners throw is thrown where
 * `abort` is called, and that would be in code of ours.
 */
function heardInScope(signal: AbortSignal): AbortSignal {
  const heard = new AbortController();
  const hear = AsyncLocalStorage.bind(() => heard.abort(signal.reason));
  if (signal.aborted) hear();
  signal.addEventListener('abort', hear, { once: true });
  return heard.signal;
}

const callbackEvent = (data: Json): Mapped => ({ bodies: [{ kind: 'EVENTS', data }], checkpoint: null });

/** Hands bodies on; `lost` aborts, with the reason, when they are refused. */
function emitter(
  { emit }: Execution,
  lost: AbortController,
): (bodies: readonly EventBody[]) => Promise<void> | undefined {
  const refuse = (error: unknown): never => {
    lost.abort(error);
    throw error;
  };
  return (bodies) => {
    if (bodies.length === 0) return undefined;
    try {
      return emit(bodies)?.catch(refuse);
    } catch (error) {
      return refuse(error);
    }
  };
}

function streamOptions(execution: Execution, signal: AbortSignal, tools: CalledTools): object {
  const { graphId, call, attempt, baseCheckpointId, interruptBefore, interruptAfter } = execution;
  const config: RunConfig = runConfig(graphId, call, { checkpointId: baseCheckpointId });
  return {
    ...config,
    metadata: { ...config.metadata, run_attempt: attempt },
    ...(call.runId === null ? {} : { runId: call.runId }),
    ...(interruptBefore === null ? {} : { interruptBefore: breakpoints(interruptBefore) }),
    ...(interruptAfter === null ? {} : { interruptAfter: breakpoints(interruptAfter) }),
    durability: durabilityOf(call.config),
    callbacks: [tools],
    signal,
  };
}

const breakpoints = (nodes: readonly string[]): '*' | readonly string[] =>
  nodes.includes('*') ? '*' : nodes;

function inputOf({ start }: Execution, pending: readonly PendingInterrupt[]): unknown {
  switch (start.kind) {
    case 'input':
      return start.input;
    case 'command':
      return toCommand(start.command, pending);
    case 'continue':
      return null;
  }
}

/** What has to be known before the graph runs: `conversation` null: taken from its first checkpoint. */
type Before = {
  readonly conversation: readonly StateMessage[] | null;
  readonly pending: readonly PendingInterrupt[];
  /** Whether it starts from the head, and not from an earlier checkpoint. */
  readonly isHead: boolean;
};

/**
 * A command's update is in the very first checkpoint of the stream, and a run from an earlier checkpoint
 * turns the conversation back: both are seen only against the head as it was.
 */
async function readBefore(graph: CompiledGraph, execution: Execution): Promise<Before> {
  const { graphId, call, start, baseCheckpointId } = execution;
  if (start.kind !== 'command' && baseCheckpointId === null)
    return { conversation: null, pending: [], isHead: true };
  const at = (checkpointId: string | null) => runConfig(graphId, call, { checkpointId });
  const head = await headOf(execution);
  const update = start.kind === 'command' ? (start.command.update ?? null) : null;
  if (head === undefined) {
    if (update !== null) tryUpdate(graph, update, undefined, {});
    return { conversation: [], pending: [], isHead: true };
  }
  const state = await snapshotAt(graph, at(head));
  const isHead = baseCheckpointId === null || baseCheckpointId === head;
  const base = isHead ? state : await snapshotAt(graph, at(baseCheckpointId));
  // Both by their ids: without what the superstep after the checkpoint has written, which is another state
  // than the command's.
  if (update !== null)
    tryUpdate(graph, update, await tupleAt(execution, baseCheckpointId ?? head), base.values);
  const pending = base.tasks.flatMap(({ interrupts }) => toPendingInterrupts(interrupts));
  return { conversation: messagesIn(state.values), pending, isHead };
}

/** The one checkpoint that a run with durability `exit` leaves. */
async function lastCheckpoint(execution: Execution, conversationReset: boolean): Promise<EventBody[]> {
  const checkpointId = await headOf(execution);
  if (checkpointId === undefined) return [];
  const reset: EventBody[] = conversationReset ? [{ kind: 'MESSAGES_RESET', checkpointId }] : [];
  return [{ kind: 'VALUES', ns: '', checkpointId }, { kind: 'CHECKPOINT', ns: '', checkpointId }, ...reset];
}

/** Id of the root's head; undefined: there is none. */
const headOf = async (execution: Execution): Promise<string | undefined> =>
  (await tupleAt(execution))?.checkpoint.id;

/** A checkpoint of the root, as it is stored; without an id: the head. Undefined: there is none. */
const tupleAt = ({ saver, call }: Execution, checkpointId?: string): Promise<CheckpointTuple | undefined> =>
  (saver.saver as BaseCheckpointSaver).getTuple({
    configurable: {
      thread_id: call.threadId,
      checkpoint_ns: '',
      ...(checkpointId === undefined ? {} : { checkpoint_id: checkpointId }),
    },
  });
