import type { CommandResponse, ErrorResponse } from '@langchain/protocol';
import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import { describeIssues } from '../../orchestrator/outcomes.ts';
import type { RestDeps } from '../deps.ts';
import { answerTo, type RestError } from '../refusals.ts';
import { statefulRun } from '../runs/run-schema.ts';
import { startRun } from '../runs/start-run.ts';
import { absent, anyJson, jsonObject, text } from '../schema.ts';
import {
  appliedThrough,
  type CommandEnvelope,
  CommandError,
  type CommandResult,
  commandEnvelope,
  errorOf,
  newestRun,
  paramsOf,
  type ReceivedCommand,
  refusedBecause,
  requireThreadOf,
  successOf,
} from './command.ts';
import { startRunOf, WHOLE_STREAM } from './run-start.ts';
import { agentTree, checkpoints, fork, getState } from './state-commands.ts';

const answer = z.object({
  namespace: absent(z.array(text())),
  interrupt_id: text().min(1, 'must not be empty'),
  response: anyJson,
});
const beside = {
  update: absent(anyJson),
  goto: absent(anyJson),
  config: absent(jsonObject),
  metadata: absent(jsonObject),
};
const inputRespond = z.union(
  [
    z.object({ ...beside, responses: z.array(answer).min(1, 'must contain at least one response') }),
    z.object({ ...beside, ...answer.shape }).transform(({ interrupt_id, response, ...rest }) => ({
      ...rest,
      responses: [{ interrupt_id, response }],
    })),
  ],
  'either interrupt_id with response, or responses is required',
);

/**
 * input.respond: answers interrupts by their ids, in one run of the assistant that asked. Whether they are
 * still pending is decided with the run's admission, so of two answers at once one is refused. The ids alone
 * count; a namespace says nothing that they don't.
 */
async function respond(deps: RestDeps, threadId: string, command: ReceivedCommand): Promise<CommandResult> {
  const params = paramsOf(inputRespond, command);
  const thread = await requireThreadOf(deps, command.context, threadId);
  const pending =
    (await deps.orchestrator.queries.state(thread, null, false))?.interrupts.map(({ id }) => id) ?? [];
  const unknown = params.responses
    .map(({ interrupt_id }) => interrupt_id)
    .filter((id) => !pending.includes(id));
  if (unknown.length > 0)
    throw new CommandError(
      'no_such_interrupt',
      `${unknown.join(', ')}: not a pending interrupt; ${pending.length === 0 ? 'none are pending' : `pending are ${pending.join(', ')}`}`,
    );
  const asked = await newestRun(deps, thread);
  const resume: JsonObject = Object.fromEntries(
    params.responses.map(({ interrupt_id, response }) => [interrupt_id, response ?? null]),
  );
  const body = statefulRun.parse({
    assistant_id: asked.assistantId,
    command: { resume, update: params.update, goto: params.goto },
    config: params.config,
    metadata: params.metadata,
    multitask_strategy: 'reject',
    ...WHOLE_STREAM,
  });
  await startRun(deps, command.context, threadId, body);
  return { result: {}, appliedThroughSeq: appliedThrough(thread) };
}

type Command = (deps: RestDeps, threadId: string, command: ReceivedCommand) => Promise<CommandResult>;

const COMMANDS: Readonly<Record<string, Command>> = {
  'run.start': startRunOf,
  'input.respond': respond,
  'input.inject': refuse(
    'input.inject is not supported: start a run with multitask_strategy interrupt or enqueue',
  ),
  'state.get': getState,
  'state.listCheckpoints': checkpoints,
  'state.fork': fork,
  'agent.getTree': agentTree,
  'subscription.subscribe': refuse(
    'Over HTTP each stream is a subscription: POST …/stream/events with the channels',
  ),
  'subscription.unsubscribe': refuse('Over HTTP each stream is a subscription: close the stream'),
  'subscription.reconnect': refuse(
    'Over HTTP each stream is a subscription: POST …/stream/events with since',
  ),
};

/**
 * `unavailable`: why that is an error which the same command need not meet again; null: it is none of that
 * kind.
 */
export type CommandAnswer = {
  readonly answer: CommandResponse | ErrorResponse;
  readonly unavailable: RestError | null;
};

/** An envelope, or the answer to what is none. */
export function readCommand(
  message: unknown,
): { readonly command: CommandEnvelope } | { readonly malformed: ErrorResponse } {
  const parsed = commandEnvelope.safeParse(message);
  if (parsed.success) return { command: parsed.data };
  const id = commandEnvelope.shape.id.safeParse((message as { readonly id?: unknown } | null)?.id);
  return {
    malformed: errorOf(id.success ? id.data : null, 'invalid_argument', describeIssues(parsed.error.issues)),
  };
}

/**
 * Carries out a command on the thread, and says how it went. Never rejects; what went wrong on our side is
 * logged and masked.
 *
 * @param own commands that the transport has beside these, or in their place
 */
export async function runCommand(
  deps: RestDeps,
  threadId: string,
  command: ReceivedCommand,
  own: Readonly<Record<string, Command>> = {},
): Promise<CommandAnswer> {
  const { id, method } = command;
  const carryOut = Object.hasOwn(own, method)
    ? own[method]
    : Object.hasOwn(COMMANDS, method)
      ? COMMANDS[method]
      : undefined;
  if (carryOut === undefined)
    return final(
      errorOf(
        id,
        'unknown_command',
        `${method}: unknown command; supported are ${Object.keys(COMMANDS).join(', ')}`,
      ),
    );
  try {
    return final(successOf(id, threadId, await carryOut(deps, threadId, command)));
  } catch (error) {
    const refused = refusedBecause(error);
    if (refused !== null) return final(errorOf(id, refused.code, refused.message));
    const failure = answerTo(error, deps, { threadId, method });
    return {
      answer: errorOf(id, 'unknown_error', failure.message),
      unavailable: failure.status === 503 ? failure : null,
    };
  }
}

const final = (answer: CommandAnswer['answer']): CommandAnswer => ({ answer, unavailable: null });

function refuse(message: string): Command {
  return () => Promise.reject(new CommandError('not_supported', message));
}
