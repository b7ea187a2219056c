import { z } from 'zod';
import type { JsonObject } from '../../../domain/json.ts';
import type { RestDeps } from '../../deps.ts';
import { startRun } from '../../runs/start-run.ts';
import { absent, anyJson, jsonObject, text } from '../../schemas/common.ts';
import { statefulRun } from '../../schemas/create-run.ts';
import { type CommandEnvelope, CommandError, type CommandResult, paramsOf } from './command.ts';
import { WHOLE_STREAM } from './run-start.ts';
import { appliedThrough, newestRun, requireThreadOf } from './thread.ts';

const answer = z.object({
  namespace: absent(z.array(text())),
  interrupt_id: text().min(1, 'must not be empty'),
  response: anyJson,
});
const beside = { update: absent(anyJson), goto: absent(anyJson), config: absent(jsonObject), metadata: absent(jsonObject) };
const inputRespond = z.union(
  [
    z.object({ ...beside, responses: z.array(answer).min(1, 'must have at least one response') }),
    z
      .object({ ...beside, ...answer.shape })
      .transform(({ interrupt_id, response, ...rest }) => ({ ...rest, responses: [{ interrupt_id, response }] })),
  ],
  'give interrupt_id and response, or responses with at least one of such',
);

/**
 * input.respond: answers interrupts by their ids, in one run of the assistant that asked. Whether they are still pending is decided with the
 * run's admission, so of two answers at once one is refused. The ids alone count; a namespace says nothing that they don't.
 */
export async function respond(deps: RestDeps, threadId: string, command: CommandEnvelope): Promise<CommandResult> {
  const params = paramsOf(inputRespond, command);
  const thread = await requireThreadOf(deps, threadId);
  const pending = (await deps.orchestrator.queries.state(thread, null, false))?.interrupts.map(({ id }) => id) ?? [];
  const unknown = params.responses.map(({ interrupt_id }) => interrupt_id).filter((id) => !pending.includes(id));
  if (unknown.length > 0)
    throw new CommandError(
      'no_such_interrupt',
      `${unknown.join(', ')}: no such interrupt is pending; ${pending.length === 0 ? 'none is' : `pending are ${pending.join(', ')}`}`,
    );
  const asked = await newestRun(deps, thread);
  const resume: JsonObject = Object.fromEntries(params.responses.map(({ interrupt_id, response }) => [interrupt_id, response ?? null]));
  const body = statefulRun.parse({
    assistant_id: asked.assistantId,
    command: { resume, update: params.update, goto: params.goto },
    config: params.config,
    metadata: params.metadata,
    multitask_strategy: 'reject',
    ...WHOLE_STREAM,
  });
  await startRun(deps, threadId, body, command.headers ?? {});
  return { result: {}, appliedThroughSeq: appliedThrough(thread) };
}
