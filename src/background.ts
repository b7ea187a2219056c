import type { Config } from './config.ts';
import type { Json } from './domain/json.ts';
import type { Run } from './domain/run.ts';
import type { DefaultAssistants } from './orchestrator/commands/default-assistants.ts';
import type { Context } from './orchestrator/context.ts';
import { deliverWebhooks } from './orchestrator/maintenance/deliver-webhooks.ts';
import { startExpiring } from './orchestrator/maintenance/prune-threads.ts';
import { startCrons } from './orchestrator/maintenance/start-due-crons.ts';
import { DEFAULT_SWEEP_MINUTES, startDiscarding, startRemovingExpired, startRetention } from './orchestrator/maintenance/sweeps.ts';
import type { Orchestrator } from './orchestrator/orchestrator.ts';
import type { CronStore } from './orchestrator/ports/crons.ts';
import type { ItemStore } from './orchestrator/ports/item-store.ts';
import type { Retention } from './orchestrator/ports/retention.ts';
import type { WebhookOutbox, WebhookSender } from './orchestrator/ports/webhooks.ts';
import { webhookPayload } from './rest/runs/run-json.ts';

export type BackgroundParts = {
  readonly context: Context;
  readonly orchestrator: Orchestrator;
  readonly outbox: WebhookOutbox;
  readonly sender: WebhookSender;
  readonly crons: CronStore;
  readonly defaults: DefaultAssistants;
  readonly retention: Retention;
  readonly items: ItemStore;
  /** Between two looks for expired items of the store; null: the server's own measure. */
  readonly itemSweepMinutes: number | null;
  readonly config: Pick<Config, 'workerId' | 'eventRetentionMs' | 'checkpointRetentionMs'>;
};

/** What a process that executes runs keeps doing beside them, each until it is disposed. Of several processes each may. */
export function startBackground(parts: BackgroundParts): readonly AsyncDisposable[] {
  const { context, outbox, sender, crons, defaults, retention, items, itemSweepMinutes, config } = parts;
  const { signals, clock, logger } = context;
  return [
    startDiscarding(context),
    startExpiring(context),
    deliverWebhooks({
      ...{ outbox, sender, signals, clock, logger },
      valuesOf: (run) => valuesLeftBy(parts.orchestrator, run),
      payloadOf: webhookPayload,
      random: Math.random,
    }),
    startCrons({ ...context, crons, defaults }),
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
