import { unreachable } from '../domain/unreachable.ts';
import type { CreateAssistantOutcome } from '../orchestrator/commands/change-assistant.ts';
import type { Active, Busy, Invalid, NotFound } from '../orchestrator/outcomes.ts';
import type { CreateRunOutcome, CreateThreadOutcome, JoinRunOutcome } from '../orchestrator/requests.ts';
import {
  AlreadyExistsError,
  IdempotencyConflictError,
  JoinTimeoutError,
  NotFoundError,
  RunActiveError,
  ThreadBusyError,
  ValidationError,
} from './error-types.ts';

type Refusal =
  | NotFound
  | Invalid
  | Busy
  | Active
  | Extract<CreateThreadOutcome | CreateAssistantOutcome, { kind: 'exists' }>
  | Extract<CreateRunOutcome, { kind: 'idempotencyConflict' }>
  | Extract<JoinRunOutcome, { kind: 'timeout' }>;

const REFUSALS = new Set<string>([
  'notFound',
  'invalid',
  'busy',
  'active',
  'exists',
  'idempotencyConflict',
  'timeout',
] satisfies Refusal['kind'][]);

const isRefusal = (outcome: { readonly kind: string }): outcome is Refusal => REFUSALS.has(outcome.kind);

/** The outcome, if it is a success; else throws its error type, which the field's result union names. */
export function accepted<O extends { readonly kind: string }>(outcome: O): Exclude<O, Refusal> {
  if (isRefusal(outcome)) throw errorOf(outcome);
  return outcome as Exclude<O, Refusal>;
}

function errorOf(refusal: Refusal): Error {
  switch (refusal.kind) {
    case 'notFound':
      return new NotFoundError(refusal.what, refusal.id);
    case 'invalid':
      return new ValidationError(refusal.issues);
    case 'busy':
      return new ThreadBusyError(refusal.blockingRun);
    case 'active':
      return new RunActiveError(refusal.run);
    case 'exists':
      return new AlreadyExistsError(refusal.id, 'what' in refusal ? refusal.what : 'Thread');
    case 'idempotencyConflict':
      return new IdempotencyConflictError(refusal.idempotencyKey);
    case 'timeout':
      return new JoinTimeoutError(refusal.run);
    default:
      return unreachable(refusal);
  }
}
