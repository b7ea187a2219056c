import {
  type ASTNode,
  type DocumentNode,
  type ExecutionResult,
  executeSubscriptionEvent,
  Kind,
  type ValidatedSubscriptionArgs,
  visit,
} from 'graphql';
import type { FollowedEvent } from '../orchestrator/ports/subscriptions.ts';
import type { GraphQLContext } from './context.ts';

/** Executes the events of one subscription. */
export type EventExecution = (event: FollowedEvent) => Promise<ExecutionResult> | ExecutionResult;

/**
 * Executes an event once for all subscribers who ask the same of it, which is what a thousand of them
 * watching one thread do. An execution of graphql-js costs some 10 µs; looking its result up costs almost
 * nothing.
 *
 * Only results that were there at once and without errors are shared: such an execution called nothing that
 * waits, so it depends on the event, the document and its variables alone. Events are the same when their
 * bodies are the same object and their cursors are equal. Nothing is remembered longer than the body lives.
 */
export class SharedExecutions {
  readonly #results = new WeakMap<FollowedEvent['body'], Map<string, ExecutionResult>>();
  readonly #documents = new WeakMap<
    DocumentNode,
    { readonly number: number; readonly variables: ReadonlySet<string> }
  >();
  #lastNumber = 0;

  /** @param args of a subscription whose document's identity stands for its text */
  for(args: ValidatedSubscriptionArgs): EventExecution {
    const question = this.#questionOf(args);
    return (event) => {
      const key = `${question}${event.cursor}`;
      const known = this.#results.get(event.body)?.get(key);
      if (known !== undefined) return known;
      const result = executeSubscriptionEvent({ ...args, rootValue: event });
      if (!(result instanceof Promise) && result.errors === undefined) this.#keep(event.body, key, result);
      return result;
    };
  }

  #keep(body: FollowedEvent['body'], key: string, result: ExecutionResult): void {
    const results = this.#results.get(body) ?? new Map<string, ExecutionResult>();
    results.set(key, result);
    this.#results.set(body, results);
  }

  /** What the subscription asks of each event, as text: equal for those that get equal answers. */
  #questionOf({ document, operation, rawVariableValues, contextValue }: ValidatedSubscriptionArgs): string {
    const { number, variables } = this.#documentOf(document);
    const values = Object.entries(rawVariableValues ?? {}).filter(([name]) => variables.has(name));
    const { owner } = contextValue as GraphQLContext;
    return JSON.stringify([number, operation.name?.value ?? null, owner, values.sort()]);
  }

  #documentOf(document: DocumentNode) {
    const known = this.#documents.get(document);
    if (known !== undefined) return known;
    this.#lastNumber += 1;
    const facts = { number: this.#lastNumber, variables: eventVariables(document) };
    this.#documents.set(document, facts);
    return facts;
  }
}

/**
 * Variables that an event's result may depend on: all but those that only say what to subscribe to, such as
 * `after`.
 */
function eventVariables(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  const collect = (node: ASTNode) => void visit(node, { Variable: ({ name }) => void names.add(name.value) });
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) collect(definition);
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    for (const root of definition.selectionSet.selections)
      collect(root.kind === Kind.FIELD ? { ...root, arguments: [] } : root);
  }
  return names;
}
