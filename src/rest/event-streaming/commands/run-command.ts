import type { CommandResponse, ErrorResponse } from '@langchain/protocol';
import type { RestDeps } from '../../deps.ts';
import { answerTo } from '../../failure.ts';
import type { RestError } from '../../rest-error.ts';
import { agentTree } from './agent-tree.ts';
import {
  type CommandEnvelope,
  CommandError,
  type CommandResult,
  commandEnvelope,
  errorOf,
  issuesText,
  refusedBecause,
  successOf,
} from './command.ts';
import { respond } from './input-respond.ts';
import { startRunOf } from './run-start.ts';
import { checkpoints, fork, getState } from './state.ts';

type Command = (deps: RestDeps, threadId: string, command: CommandEnvelope) => Promise<CommandResult>;

const COMMANDS: Readonly<Record<string, Command>> = {
  'run.start': startRunOf,
  'input.respond': respond,
  'input.inject': refuse('input.inject is not offered: start a run with multitask_strategy interrupt or enqueue'),
  'state.get': getState,
  'state.listCheckpoints': checkpoints,
  'state.fork': fork,
  'agent.getTree': agentTree,
  'subscription.subscribe': refuse('Over HTTP a stream is its own subscription: POST …/stream/events with the channels'),
  'subscription.unsubscribe': refuse('Over HTTP a stream is its own subscription: close it'),
  'subscription.reconnect': refuse('Over HTTP a stream is its own subscription: POST …/stream/events with since'),
};

/** `unavailable`: why that is an error which the same command need not meet again; null: it is none of that kind. */
export type CommandAnswer = { readonly answer: CommandResponse | ErrorResponse; readonly unavailable: RestError | null };

/** An envelope, or the answer to what is none. */
export function readCommand(message: unknown): { readonly command: CommandEnvelope } | { readonly malformed: ErrorResponse } {
  const parsed = commandEnvelope.safeParse(message);
  if (parsed.success) return { command: parsed.data };
  const id = commandEnvelope.shape.id.safeParse((message as { readonly id?: unknown } | null)?.id);
  return { malformed: errorOf(id.success ? id.data : null, 'invalid_argument', issuesText(parsed.error)) };
}

/**
 * Carries out a command on the thread, and says how it went. Never rejects; what went wrong on our side is logged and masked.
 *
 * @param own commands that the transport has beside these, or in their place
 */
export async function runCommand(
  deps: RestDeps,
  threadId: string,
  command: CommandEnvelope,
  own: Readonly<Record<string, Command>> = {},
): Promise<CommandAnswer> {
  const { id, method } = command;
  const carryOut = Object.hasOwn(own, method) ? own[method] : Object.hasOwn(COMMANDS, method) ? COMMANDS[method] : undefined;
  if (carryOut === undefined)
    return final(errorOf(id, 'unknown_command', `${method}: there is no such command; there are ${Object.keys(COMMANDS).join(', ')}`));
  try {
    return final(successOf(id, threadId, await carryOut(deps, threadId, command)));
  } catch (error) {
    const refused = refusedBecause(error);
    if (refused !== null) return final(errorOf(id, refused.code, refused.message));
    const failure = answerTo(error, deps, { threadId, method });
    return { answer: errorOf(id, 'unknown_error', failure.message), unavailable: failure.status === 503 ? failure : null };
  }
}

const final = (answer: CommandAnswer['answer']): CommandAnswer => ({ answer, unavailable: null });

function refuse(message: string): Command {
  return () => Promise.reject(new CommandError('not_supported', message));
}
