import type { Run } from '../domain/run.ts';
import {
  type Active,
  type Busy,
  describeIssues,
  describeRefusal,
  type Exists,
  type IdempotencyConflict,
  type NotFound,
} from '../orchestrator/outcomes.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import { builder } from './builder.ts';
import { RunRef } from './run/run-enums.ts';

/** What every error of a result union says. */
const ErrorInterface = builder.interfaceRef<Error>('Error').implement({
  description: 'Something that a caller did wrong or has to reckon with, as data.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What is wrong, in one English sentence.' }),
  }),
});

/** The schema's errors about what a request names or says. */

export class NotFoundError extends Error {
  readonly kind: string;
  readonly id: string;

  constructor(refusal: NotFound) {
    super(describeRefusal(refusal).message);
    this.kind = refusal.what;
    this.id = refusal.id;
  }
}

builder.objectType(NotFoundError, {
  name: 'NotFoundError',
  description: 'Something that the request names is not there, or is not yours.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'What was looked for: Thread, Run, Assistant, AssistantVersion, Graph or Checkpoint.' }),
    id: t.exposeID('id', { description: 'The id as it was given.' }),
  }),
});

export class AlreadyExistsError extends Error {
  readonly id: string;

  constructor(refusal: Exists) {
    super(describeRefusal(refusal).message);
    this.id = refusal.id;
  }
}

builder.objectType(AlreadyExistsError, {
  name: 'AlreadyExistsError',
  description: 'There is one with this id already.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id that is taken.' }) }),
});

const ValidationIssueType = builder.objectRef<ValidationIssue>('ValidationIssue').implement({
  description: 'One thing that is wrong with a request.',
  fields: (t) => ({
    path: t.stringList({
      description: 'Where: the argument, then the way into it. Empty when the request as a whole is meant.',
      resolve: (issue) => [...issue.path],
    }),
    message: t.exposeString('message', { description: 'What is wrong there.' }),
  }),
});

export class ValidationError extends Error {
  readonly issues: readonly ValidationIssue[];

  constructor(issues: readonly ValidationIssue[]) {
    super(describeIssues(issues));
    this.issues = issues;
  }
}

builder.objectType(ValidationError, {
  name: 'ValidationError',
  description: 'The arguments are of the right types, but their values do not make a valid request. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [ValidationIssueType],
      description: 'Each thing that is wrong; at least one.',
      resolve: (error) => [...error.issues],
    }),
  }),
});

export class IdempotencyConflictError extends Error {
  readonly idempotencyKey: string;

  constructor(refusal: IdempotencyConflict) {
    super(describeRefusal(refusal).message);
    this.idempotencyKey = refusal.idempotencyKey;
  }
}

builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description: 'The idempotency key was used for another request.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ idempotencyKey: t.exposeString('idempotencyKey', { description: 'The key as it was given.' }) }),
});

/** The schema's errors about the run that is in the way. */

export class ThreadBusyError extends Error {
  readonly blockingRun: Run;

  constructor(refusal: Busy) {
    super(describeRefusal(refusal).message);
    this.blockingRun = refusal.blockingRun;
  }
}

builder.objectType(ThreadBusyError, {
  name: 'ThreadBusyError',
  description: 'Refused because the thread has unfinished runs. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    blockingRun: t.field({ type: RunRef, description: 'The oldest unfinished run of the thread.', resolve: (error) => error.blockingRun }),
  }),
});

export class RunActiveError extends Error {
  readonly run: Run;

  constructor(refusal: Active) {
    super(describeRefusal(refusal).message);
    this.run = refusal.run;
  }
}

builder.objectType(RunActiveError, {
  name: 'RunActiveError',
  description: 'deleteRun on a run that has not ended.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: 'The run as it is.', resolve: (error) => error.run }) }),
});

export class JoinTimeoutError extends Error {
  readonly run: Run;

  constructor(run: Run) {
    super(`Run ${run.id} did not end in time: it is ${run.status}.`);
    this.run = run;
  }
}

builder.objectType(JoinTimeoutError, {
  name: 'JoinTimeoutError',
  description: 'The run had not ended when timeoutSeconds were over. It goes on; join it again.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ run: t.field({ type: RunRef, description: 'The run as it is.', resolve: (error) => error.run }) }),
});
