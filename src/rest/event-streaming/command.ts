import type { CommandResponse, ErrorCode, ErrorResponse, ResultData } from '@langchain/protocol';
import { z } from 'zod';
import type { Run } from '../../domain/run.ts';
import type { Thread } from '../../domain/thread.ts';
import type { RequestContext } from '../../http/request-context.ts';
import { describeIssues, describeRefusal, type Refusal } from '../../orchestrator/outcomes.ts';
import type { RestDeps } from '../deps.ts';
import { RestError } from '../refusals.ts';
import { endOfRow } from './event.ts';

/** What every command is wrapped in. */
export const commandEnvelope = z
  .object({
    id: z.int('must be a whole number').min(0, 'must be 0 or more'),
    method: z.string('must be a string').min(1, 'must not be empty'),
    params: z
      .record(z.string(), z.any(), 'must be a JSON object')
      .nullish()
      .transform((params) => params ?? {}),
  })
  .meta({ id: 'ProtocolCommand', description: 'One command. The content of `params` depends on `method`.' });
export type CommandEnvelope = z.output<typeof commandEnvelope>;
/** `context`: of the request that brought it, or opened its socket. */
export type ReceivedCommand = CommandEnvelope & { readonly context: RequestContext };

/**
 * What a command came to. `appliedThroughSeq`: the end of the thread's events before it, where it has started
 * a run.
 */
export type CommandResult = { readonly result: ResultData; readonly appliedThroughSeq?: number };

/** A command that is refused, in the protocol's terms. Nothing has changed. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** The parameters as the schema has them. Throws invalid_argument, with each place and its reason. */
export function paramsOf<T extends z.ZodType>(schema: T, { method, params }: CommandEnvelope): z.output<T> {
  const parsed = schema.safeParse(params);
  if (parsed.success) return parsed.data;
  throw new CommandError('invalid_argument', `${method}: ${describeIssues(parsed.error.issues)}`);
}

export const successOf = (
  id: number,
  threadId: string,
  { result, appliedThroughSeq }: CommandResult,
): CommandResponse => ({
  type: 'success',
  id,
  result,
  meta: {
    thread_id: threadId,
    ...(appliedThroughSeq === undefined ? {} : { applied_through_seq: appliedThroughSeq }),
  },
});

/** @param id null: the message was not a command, so its id is unknown */
export const errorOf = (id: number | null, error: ErrorCode, message: string): ErrorResponse => ({
  type: 'error',
  id,
  error,
  message,
});

/** What a route's refusal is called here; null for what is none. */
export function refusedBecause(error: unknown): CommandError | null {
  if (error instanceof CommandError) return error;
  if (!(error instanceof RestError)) return null;
  return new CommandError(codeOf(error.cause as Refusal | undefined), error.message);
}

function codeOf(refusal: Refusal | undefined): ErrorCode {
  if (refusal?.kind === 'notFound' && refusal.what === 'Checkpoint') return 'no_such_checkpoint';
  if (refusal?.kind === 'notFound' && refusal.what === 'Run') return 'no_such_run';
  if (refusal !== undefined && describeRefusal(refusal).code === 'NOTHING_TO_RESUME')
    return 'no_such_interrupt';
  return 'invalid_argument';
}

/** The thread. Throws invalid_argument when there is none: the protocol has no code of its own for that. */
export async function requireThreadOf(
  { orchestrator }: RestDeps,
  { owner }: RequestContext,
  threadId: string,
): Promise<Thread> {
  const thread = await orchestrator.queries.thread(owner, threadId);
  if (thread === null)
    throw new CommandError(
      'invalid_argument',
      `Thread with ID ${threadId} not found; use run.start to create it`,
    );
  return thread;
}

/** The thread's newest run. Throws no_such_run when it has none. */
export async function newestRun({ orchestrator }: RestDeps, thread: Thread): Promise<Run> {
  const [run] = await orchestrator.queries.runs(thread, undefined, { limit: 1, inverted: true });
  if (run === undefined) throw new CommandError('no_such_run', `Thread ${thread.id} has no run yet`);
  return run;
}

/**
 * The end of the thread's events as it was read; what a run says that is started after that lies behind it.
 */
export const appliedThrough = (thread: Thread | null): number =>
  thread === null ? 0 : endOfRow(thread.nextSeq - 1);
