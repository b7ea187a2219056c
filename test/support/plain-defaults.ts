import { DefaultAssistants } from '../../src/orchestrator/commands/default-assistants.ts';
import type { Context } from '../../src/orchestrator/context.ts';

/** Default assistants that say nothing of their graphs beyond their names. */
export const plainDefaults = ({ store, graphs }: Pick<Context, 'store' | 'graphs'>): DefaultAssistants =>
  new DefaultAssistants(
    store,
    graphs.graphIds.map((graphId) => ({ graphId, description: null, seed: { config: {}, context: {} } })),
  );
