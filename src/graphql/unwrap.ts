import { unreachable } from '../domain/unreachable.ts';
import type { Refusal } from '../orchestrator/outcomes.ts';
import type { JoinRunOutcome } from '../orchestrator/requests.ts';
import {
  AlreadyExistsError,
  IdempotencyConflictError,
  JoinTimeoutError,
  NotFoundError,
  RunActiveError,
  ThreadBusyError,
  ValidationError,
} from './error-types.ts';

type Refusable = Refusal | Extract<JoinRunOutcome, { kind: 'timeout' }>;

const REFUSALS = new Set<string>([
  'notFound',
  'invalid',
  'busy',
  'active',
  'exists',
  'idempotencyConflict',
  'timeout',
] satisfies Refusable['kind'][]);

const isRefusal = (outcome: { readonly kind: string }): outcome is Refusable => REFUSALS.has(outcome.kind);

/** The outcome, if it is a success; else throws its error type, which the field's result union names. */
export function unwrapOrThrow<O extends { readonly kind: string }>(outcome: O): Exclude<O, Refusable> {
  if (isRefusal(outcome)) throw errorOf(outcome);
  return outcome as Exclude<O, Refusable>;
}

function errorOf(refusal: Refusable): Error {
  switch (refusal.kind) {
    case 'notFound':
      return new NotFoundError(refusal);
    case 'invalid':
      return new ValidationError(refusal.issues);
    case 'busy':
      return new ThreadBusyError(refusal);
    case 'active':
      return new RunActiveError(refusal);
    case 'exists':
      return new AlreadyExistsError(refusal);
    case 'idempotencyConflict':
      return new IdempotencyConflictError(refusal);
    case 'timeout':
      return new JoinTimeoutError(refusal.run);
    default:
      return unreachable(refusal);
  }
}
