import { setMaxListeners } from 'node:events';
import {
  createSourceEventStream,
  type DocumentNode,
  type ExecutionResult,
  executeRootSelectionSet,
  type GraphQLError,
  type GraphQLSchema,
  validateExecutionArgs,
  validateSubscriptionArgs,
} from 'graphql';
import type { Clock, Logger } from '../orchestrator/ports/environment.ts';
import type { FollowedEvent } from '../orchestrator/ports/subscriptions.ts';
import type { GraphQLContext } from './context.ts';
import type { ErrorMasking } from './error-masking.ts';
import { withCode } from './prepared-operations.ts';
import { SharedExecutions } from './shared-executions.ts';
import { ResponseStream } from './transport/response-stream.ts';

/**
 * Operations in progress, so that closing the server can end them: a joinRun would otherwise wait as long as
 * its run goes.
 */
export class LiveOperations {
  readonly #controllers = new Set<AbortController>();
  readonly #closing = new AbortController();

  constructor() {
    setMaxListeners(0, this.#closing.signal); // one per event stream
  }

  /** Aborts once, when the server closes. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  begin(): AbortController {
    const controller = new AbortController();
    if (this.#closing.signal.aborted) controller.abort();
    else this.#controllers.add(controller);
    return controller;
  }

  /** It is done, or its caller has gone. */
  end(controller: AbortController): void {
    this.#controllers.delete(controller);
    controller.abort();
  }

  abortAll(): void {
    this.#closing.abort();
    for (const controller of [...this.#controllers]) this.end(controller);
  }
}

/** One operation to carry out; its document has been validated. */
export type Operation = {
  readonly document: DocumentNode;
  readonly contextValue: GraphQLContext;
  readonly variableValues?: { readonly [name: string]: unknown } | null | undefined;
  readonly operationName?: string | null | undefined;
};

type ExecutorDeps = {
  readonly schema: GraphQLSchema;
  readonly masking: ErrorMasking;
  readonly logger: Logger;
  readonly clock: Clock;
};

/**
 * Carries out operations for every transport, so that errors are masked and operations are logged alike on
 * all of them. Nothing here rejects: what goes wrong is in the result's `errors`.
 */
export class OperationExecutor {
  readonly #schema: GraphQLSchema;
  readonly #masking: ErrorMasking;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #events = new SharedExecutions();

  constructor({ schema, masking, logger, clock }: ExecutorDeps) {
    this.#schema = schema;
    this.#masking = masking;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** A query or a mutation. */
  async execute(operation: Operation): Promise<ExecutionResult> {
    const startedMs = this.#clock.monotonicMs();
    const args = validateExecutionArgs({ schema: this.#schema, ...operation });
    if (!('operation' in args)) return this.#refused(operation, args);
    const result = this.#masked(await executeRootSelectionSet(args), operation.contextValue);
    const { requestId } = operation.contextValue;
    const { operation: type, name } = args.operation;
    const ms = this.#clock.monotonicMs() - startedMs;
    this.#logger.debug(
      { requestId, type, operation: name?.value, ms, errors: result.errors?.length ?? 0 },
      'Operation executed',
    );
    return result;
  }

  /**
   * A subscription. Its stream's `return()` releases everything; the source's failures reject `next` with a
   * masked error.
   */
  async subscribe(operation: Operation): Promise<ResponseStream | ExecutionResult> {
    const { contextValue } = operation;
    const args = validateSubscriptionArgs({ schema: this.#schema, ...operation });
    if (!('operation' in args)) return this.#refused(operation, args);
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return this.#masked(source, contextValue);
    this.#logger.debug(
      { requestId: contextValue.requestId, type: 'subscription', operation: args.operation.name?.value },
      'Subscription started',
    );
    // Every subscription field's source is one of the orchestrator's.
    return new ResponseStream(source as AsyncIterable<FollowedEvent>, {
      execute: this.#events.for(args),
      onResult: (result) => this.#masked(result, contextValue),
      onFailure: (error) => this.#masking.mask(error, contextValue),
    });
  }

  /**
   * GraphQL refused the request before executing it: variables of the wrong type, an unknown operation name.
   */
  #refused({ contextValue }: Operation, errors: readonly GraphQLError[]): ExecutionResult {
    this.#logger.debug(
      { requestId: contextValue.requestId, errors: errors.map(({ message }) => message) },
      'Operation rejected',
    );
    return { errors: errors.map((error) => withCode(error, 'BAD_USER_INPUT')) };
  }

  #masked(result: ExecutionResult, context: GraphQLContext): ExecutionResult {
    if (result.errors === undefined) return result;
    return { ...result, errors: result.errors.map((error) => this.#masking.mask(error, context)) };
  }
}
