import type { Config } from './config.ts';
import type { Json } from './domain/json.ts';
import type { Run } from './domain/run.ts';
import type { RunDeps } from './orchestrator/context.ts';
import { deliverWebhooks } from './orchestrator/maintenance/deliver-webhooks.ts';
import { startExpiring } from './orchestrator/maintenance/prune-threads.ts';
import { startCrons } from './orchestrator/maintenance/start-due-crons.ts';
import {
  DEFAULT_SWEEP_MINUTES,
  startDiscarding,
  startRemovingExpired,
  startRetention,
} from './orchestrator/maintenance/sweeps.ts';
import type { Orchestrator } from './orchestrator/orchestrator.ts';
import type { ItemStore } from './orchestrator/ports/item-store.ts';
import type { Retention } from './orchestrator/ports/retention.ts';
import type { WebhookSender } from './orchestrator/ports/webhooks.ts';
import { webhookPayload } from './rest/runs/run-json.ts';

export type BackgroundParts = {
  readonly deps: RunDeps;
  readonly orchestrator: Orchestrator;
  readonly sender: WebhookSender;
  readonly retention: Retention;
  readonly items: ItemStore;
  /** Between two looks for expired items of the store; null: the server's own measure. */
  readonly itemSweepMinutes: number | null;
  readonly config: Pick<Config, 'workerId' | 'eventRetentionMs' | 'checkpointRetentionMs'>;
};

/**
 * What a process that executes runs keeps doing beside them, each until it is disposed. Of several processes
 * each may.
 */
export function startBackground(parts: BackgroundParts): readonly AsyncDisposable[] {
  const { deps, sender, retention, items, itemSweepMinutes, config } = parts;
  const { outbox, signals, clock, logger } = deps;
  return [
    startDiscarding(deps),
    startExpiring(deps),
    deliverWebhooks({
      ...{ outbox, sender, signals, clock, logger },
      valuesOf: (run) => valuesLeftBy(parts.orchestrator, run),
      payloadOf: webhookPayload,
      random: Math.random,
    }),
    startCrons(deps),
    startRetention({
      ...{ retention, clock, logger },
      holder: config.workerId,
      eventsMs: config.eventRetentionMs,
      checkpointsMs: config.checkpointRetentionMs,
    }),
    startRemovingExpired({ items, clock, logger, sweepMinutes: itemSweepMinutes ?? DEFAULT_SWEEP_MINUTES }),
  ];
}

/** Null where it left none, or is gone. */
async function valuesLeftBy({ queries }: Orchestrator, { owner, id }: Run): Promise<Json> {
  const run = await queries.run(owner, id);
  return run === null ? null : ((await queries.valuesAfter(run))?.values ?? null);
}
