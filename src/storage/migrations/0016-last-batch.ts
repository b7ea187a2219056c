import type { TableMigration } from '../migration.ts';

/**
 * The joint commit that wrote for a thread last: shows a writer whose answer was lost whether it was stored.
 */
export const lastBatch: TableMigration = {
  name: '0016-last-batch',
  sqlite: ['alter table thread add column last_batch text null'],
  postgres: ['alter table thread add column last_batch text collate "C" null'],
};
