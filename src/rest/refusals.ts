import type { Active, Busy, CreateRunOutcome, Invalid, NotFound } from '../orchestrator/orchestrator.ts';
import { conflict, notFound, RestError, unprocessable } from './rest-error.ts';

export type Refusal = Busy | NotFound | Invalid | Active | Extract<CreateRunOutcome, { kind: 'idempotencyConflict' }>;

/** What a use case refused, as the protocol's status and words (clients and their tests match some of the phrases); `cause` is the refusal. */
export function refusalOf(refusal: Refusal): RestError {
  const { status, message } = worded(refusal);
  return new RestError(status, message, { cause: refusal });
}

function worded(refusal: Refusal): RestError {
  switch (refusal.kind) {
    case 'busy':
      return conflict(
        `Thread is busy: run ${refusal.blockingRun.id} has not ended. Wait for it, or choose another multitask_strategy (enqueue, interrupt, rollback).`,
      );
    case 'active':
      return conflict(`Run ${refusal.run.id} has not ended: cancel it first.`);
    case 'notFound':
      return notFoundOf(refusal);
    case 'invalid':
      return isAboutResume(refusal) ? conflict(unprocessable(refusal.issues).message) : unprocessable(refusal.issues);
    case 'idempotencyConflict':
      return conflict(`The idempotency key ${refusal.idempotencyKey} was used for another request.`);
  }
}

function notFoundOf({ what, id }: NotFound): RestError {
  switch (what) {
    case 'Thread':
      return notFound(`Thread with ID ${id} not found`);
    case 'Run':
      return notFound('Run not found');
    case 'Assistant':
      return notFound(`No assistant found for "${id}". Make sure the assistant ID is for a valid assistant or a valid graph ID.`);
    case 'AssistantVersion':
      return notFound(`Assistant version ${id} not found`);
    case 'Graph':
      return notFound(`Graph "${id}" not found: langgraph.json names no such graph.`);
    case 'Checkpoint':
      return notFound(`Checkpoint ${id} not found`);
    case 'Cron':
      return notFound(`Cron with ID ${id} not found`);
    case 'WebhookDelivery':
      return notFound(`Webhook delivery ${id} not found`);
  }
}

/** A resume that the thread's state has nothing for is a conflict with that state, not a malformed request. */
export const isAboutResume = ({ issues }: Invalid): boolean =>
  issues.length > 0 && issues.every(({ path }) => path[0] === 'command' && path[1] === 'resume');
