import { inspect } from 'node:util';
import { describeThrown, toldOf } from './domain/thrown.ts';
import { currentScope } from './graphs/graph-scope.ts';
import type { Logger } from './orchestrator/ports/logger.ts';

/**
 * Graphs are other people's code: what one of them throws where nothing catches it (in a timer, a listener, a promise that is not awaited) ends the run that
 * it belongs to, and neither the process nor other runs. Node calls these handlers in the async context of the code that threw.
 *
 * What a subscriber of a diagnostics channel throws ends nothing either: Node reports it once the publisher has gone on. For requests to this server that
 * is in no graph's context.
 *
 * Any other exception that belongs to no graph is the server's own and leaves it in an unknown state: the process exits 1 with the stack, as it would
 * without a handler. A rejection that belongs to none is logged.
 */
export function surviveGraphFaults(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    if (blamesGraph(error, logger)) return;
    if (isOfSubscriber(error)) {
      logger.error({ err: error }, 'A subscriber of a diagnostics channel threw');
      return;
    }
    process.stderr.write(`interject: uncaught exception: ${inWords(error)}\n`);
    process.exit(1);
  });
  process.on('unhandledRejection', (reason) => {
    if (!blamesGraph(reason, logger)) logger.error({ err: reason }, 'Unhandled promise rejection');
  });
}

/** `publish` catches it, and leaves nothing behind that was under way. */
const PUBLISHED = /^ +at \w*Channel\.publish \(node:diagnostics_channel:/m;

const isOfSubscriber = (error: unknown): boolean => PUBLISHED.test(describeThrown(error).stack ?? '');

/** The whole error, or what can be read of it: this must not throw. */
function inWords(error: unknown): string {
  try {
    return inspect(error);
  } catch {
    return describeThrown(error).stack ?? toldOf(error);
  }
}

function blamesGraph(thrown: unknown, logger: Logger): boolean {
  const scope = currentScope();
  if (scope === undefined) return false;
  const fields = { err: thrown, graph: scope.graphId, ...scope.run };
  if (scope.execution?.fail(thrown) === true) logger.error(fields, 'A graph threw outside of its nodes; its run fails');
  else logger.error(fields, 'A graph threw outside of a run that is at work');
  return true;
}
