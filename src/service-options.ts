import type { Config } from './config.ts';
import type { ThreadTtl } from './domain/thread.ts';
import { DEFAULT_OPTIONS, type OrchestratorOptions } from './orchestrator/context.ts';
import type { ThreadTtlSettings } from './orchestrator/ports/deployment.ts';

/** What the settings and the langgraph.json say to the orchestrator. */
export const orchestratorOptions = (config: Config, threadTtl: ThreadTtlSettings | null): OrchestratorOptions => ({
  ...DEFAULT_OPTIONS,
  workerId: config.workerId,
  concurrency: config.concurrency,
  leaseMs: config.leaseMs,
  ...leaseTimes(config.leaseMs),
  graceMs: config.graceMs,
  stuckMs: config.stuckMs,
  maxAttempts: config.maxAttempts,
  limits: config.limits,
  ...(threadTtl === null ? {} : ttlOptions(threadTtl)),
});

/** An executor gives up well before its lease is over, and lost workers are looked for often enough for the lease to mean something. */
const leaseTimes = (leaseMs: number): Pick<OrchestratorOptions, 'leaseMarginMs' | 'sweepMs'> => ({
  leaseMarginMs: Math.min(DEFAULT_OPTIONS.leaseMarginMs, leaseMs / 4),
  sweepMs: Math.min(DEFAULT_OPTIONS.sweepMs, leaseMs / 6),
});

const ttlOptions = (settings: ThreadTtlSettings): Pick<OrchestratorOptions, 'defaultTtl' | 'ttlSweepMs' | 'ttlSweepLimit'> => ({
  defaultTtl: defaultTtl(settings),
  ttlSweepMs: settings.sweepMinutes * 60_000,
  ttlSweepLimit: settings.sweepLimit,
});

const defaultTtl = ({ strategy, defaultMinutes }: ThreadTtlSettings): ThreadTtl | null =>
  defaultMinutes === null ? null : { strategy, minutes: defaultMinutes };
