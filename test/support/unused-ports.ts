import type { Context } from '../../src/orchestrator/context.ts';

/**
 * Ports for which the runs of a test or a simulation have no use: they reject whatever they are asked, and
 * refuse every webhook's URL.
 */
export const UNUSED_PORTS: Pick<Context, 'longTerm' | 'webhooks' | 'outbox' | 'crons'> = {
  longTerm: rejecting('longTerm'),
  webhooks: { resolve: () => ({ problem: 'webhooks are not supported here' }) },
  outbox: rejecting('outbox'),
  crons: rejecting('crons'),
};

function rejecting<Port extends object>(port: string): Port {
  return new Proxy({} as Port, {
    get: (_target, method) => () => Promise.reject(new Error(`Not expected here: ${port}.${String(method)}`)),
  });
}
