import { z } from 'zod';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RestDeps } from '../deps.ts';
import { STREAM_MODES, type StatefulRunBody, statefulRun } from '../runs/run-schema.ts';
import { startRun } from '../runs/start-run.ts';
import { absent, anyJson, jsonObject, text } from '../schema.ts';
import {
  appliedThrough,
  CommandError,
  type CommandResult,
  paramsOf,
  type ReceivedCommand,
} from './command.ts';

const STRATEGIES = ['reject', 'enqueue', 'interrupt', 'rollback'] as const;
/** Unknown words mean the default. */
const strategy = absent(z.unknown()).transform((word) => STRATEGIES.find((one) => one === word));
const runStart = z.object({
  assistant_id: text().min(1, 'must not be empty'),
  input: anyJson.optional(),
  config: absent(jsonObject),
  context: absent(anyJson),
  metadata: absent(jsonObject),
  multitask_strategy: strategy,
  multitaskStrategy: strategy,
});

/**
 * run.start: the entry point for all input. On a thread whose graph waits for an answer, an input that brings
 * no messages is that answer; one that brings messages is a new turn, for a message must not get lost in a
 * node that asked for something else.
 */
export async function startRunOf(
  deps: RestDeps,
  threadId: string,
  command: ReceivedCommand,
): Promise<CommandResult> {
  const params = paramsOf(runStart, command);
  const before = await deps.orchestrator.queries.thread(command.context.owner, threadId);
  const answer = await answerOf(deps, before, params);
  const body: StatefulRunBody = statefulRun.parse({
    assistant_id: params.assistant_id,
    ...(answer === null ? { input: params.input } : { command: answer }),
    config: params.config,
    context: params.context,
    metadata: params.metadata,
    multitask_strategy: params.multitask_strategy ?? params.multitaskStrategy,
    if_not_exists: 'create',
    ...WHOLE_STREAM,
  });
  const { run } = await startRun(deps, command.context, threadId, body);
  return { result: { run_id: run.id }, appliedThroughSeq: appliedThrough(before) };
}

const LEFT_OUT: ReadonlySet<string> = new Set(['events', 'tools', 'lifecycle']);
/**
 * Such a run can be followed from its start by those who join it as a run too; recording every callback of it
 * would cost too much for that, and `lifecycle` is for those who ask for it.
 */
export const WHOLE_STREAM = {
  stream_mode: STREAM_MODES.filter((mode) => !LEFT_OUT.has(mode)),
  stream_subgraphs: true,
  stream_resumable: true,
};

/** The command that the input is as an answer; null where it is an input. */
async function answerOf(
  { orchestrator }: RestDeps,
  thread: Thread | null,
  { input, config }: z.output<typeof runStart>,
): Promise<Json> {
  if (
    thread?.status !== 'INTERRUPTED' ||
    input === undefined ||
    input === null ||
    bringsMessages(input) ||
    forks(config)
  )
    return null;
  const pending = (await orchestrator.queries.state(thread, null, false))?.interrupts ?? [];
  const [only, ...others] = pending;
  if (only === undefined) return null; // a breakpoint asks for nothing
  if (others.length === 0) return { resume: { [only.id]: input } };
  const ids = pending.map(({ id }) => id).join(', ');
  throw new CommandError(
    'invalid_argument',
    `several interrupts are pending (${ids}): answer them by id with input.respond`,
  );
}

const bringsMessages = (input: Json): boolean => isJsonObject(input) && 'messages' in input;

const forks = (config: z.output<typeof runStart>['config']): boolean => {
  const configurable = config?.['configurable'];
  return isJsonObject(configurable) && typeof configurable['checkpoint_id'] === 'string';
};
