import type { ValidationIssue } from '../../orchestrator/ports/graph-host.ts';
import { builder } from '../builder.ts';
import { ErrorInterface } from './error-interface.ts';

/** The schema's errors about what a request names or says. */

export class NotFoundError extends Error {
  readonly kind: string;
  readonly id: string;

  constructor(kind: string, id: string) {
    super(`There is no ${inWords(kind)} "${id}".`);
    this.kind = kind;
    this.id = id;
  }
}

/** AssistantVersion is an assistant version. */
const inWords = (kind: string): string => kind.replaceAll(/(?<=.)[A-Z]/g, ' $&').toLowerCase();

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

  constructor(id: string, what: 'Thread' | 'Assistant' = 'Thread') {
    super(`${what === 'Thread' ? 'A thread' : 'An assistant'} with the id "${id}" exists already.`);
    this.id = id;
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
    super(`The request is not valid. ${issues.map(sentenceOf).join(' ')}`.trim());
    this.issues = issues;
  }
}

const sentenceOf = ({ path, message }: ValidationIssue): string => (path.length === 0 ? message : `${path.join('.')}: ${message}`);

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

  constructor(idempotencyKey: string) {
    super(`The idempotency key "${idempotencyKey}" was used for another request.`);
    this.idempotencyKey = idempotencyKey;
  }
}

builder.objectType(IdempotencyConflictError, {
  name: 'IdempotencyConflictError',
  description: 'The idempotency key was used for another request.',
  interfaces: [ErrorInterface],
  fields: (t) => ({ idempotencyKey: t.exposeString('idempotencyKey', { description: 'The key as it was given.' }) }),
});
