import type { TableMigration } from './migration.ts';
import { threadsAndRuns } from './migrations/0001-threads-and-runs.ts';
import { checkpoints } from './migrations/0002-checkpoints.ts';
import { retention } from './migrations/0003-retention.ts';
import { protocol } from './migrations/0004-protocol.ts';
import { threadTtl } from './migrations/0005-thread-ttl.ts';
import { assistants } from './migrations/0006-assistants.ts';
import { longTermStore } from './migrations/0007-store.ts';
import { webhooks } from './migrations/0008-webhooks.ts';
import { crons } from './migrations/0009-crons.ts';
import { instance } from './migrations/0012-instance.ts';
import { stops } from './migrations/0015-stops.ts';
import { lastBatch } from './migrations/0016-last-batch.ts';
import { suspects } from './migrations/0018-suspects.ts';

/** Append-only, in the order in which they run. */
export const migrations: readonly TableMigration[] = [
  threadsAndRuns,
  checkpoints,
  retention,
  protocol,
  threadTtl,
  assistants,
  longTermStore,
  webhooks,
  crons,
  instance,
  stops,
  lastBatch,
  suspects,
];
