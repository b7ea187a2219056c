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
  description: 'An expected error, returned as data.',
  fields: (t) => ({
    message: t.exposeString('message', {
      description: 'A description of the error in one English sentence.',
    }),
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
  description: 'The requested object does not exist or belongs to another owner.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    kind: t.exposeString('kind', {
      description: 'The kind of object: Thread, Run, Assistant, AssistantVersion, Graph or Checkpoint.',
    }),
    id: t.exposeID('id', { description: 'The requested id.' }),
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
  description: 'An object with this id exists.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id in use.' }) }),
});

const ValidationIssueType = builder.objectRef<ValidationIssue>('ValidationIssue').implement({
  description: 'One invalid part of a request.',
  fields: (t) => ({
    path: t.stringList({
      description: 'The argument, then the path into it. Empty: the whole request.',
      resolve: (issue) => [...issue.path],
    }),
    message: t.exposeString('message', { description: 'The problem at this path.' }),
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
  description: 'The arguments have the right types but invalid values. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    issues: t.field({
      type: [ValidationIssueType],
      description: 'The problems; at least one.',
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
  description: 'The idempotency key was used for a different request.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ idempotencyKey: t.exposeString('idempotencyKey', { description: 'The given key.' }) }),
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
  description: 'The thread has unfinished runs. Nothing was stored.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    blockingRun: t.field({
      type: RunRef,
      description: 'The oldest unfinished run of the thread.',
      resolve: (error) => error.blockingRun,
    }),
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
  description: 'The run to delete has not ended.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      description: 'The run in its current state.',
      resolve: (error) => error.run,
    }),
  }),
});

export class JoinTimeoutError extends Error {
  readonly run: Run;

  constructor(run: Run) {
    super(`Run ${run.id} did not end in time; its status is ${run.status}.`);
    this.run = run;
  }
}

builder.objectType(JoinTimeoutError, {
  name: 'JoinTimeoutError',
  description: 'The run did not end within timeoutSeconds. It continues; join it again.',
  interfaces: [ErrorInterface],
  fields: (t) => ({
    run: t.field({
      type: RunRef,
      description: 'The run in its current state.',
      resolve: (error) => error.run,
    }),
  }),
});
