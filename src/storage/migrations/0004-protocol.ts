import type { TableMigration } from '../migration.ts';

/**
 * When a thread's state changed, threads that go with their one run, and what a run's caller asked of its
 * streams.
 */
export const protocol: TableMigration = {
  name: '0004-protocol',
  sqlite: [
    'alter table thread add column state_updated_at bigint not null default 0',
    'update thread set state_updated_at = updated_at',
    'alter table thread add column temporary integer not null default 0',
    'alter table thread add column discard_at bigint null',
    'create index thread_discard on thread (discard_at) where "discard_at" is not null',
    'alter table run add column request text null',
  ],
  postgres: [
    'alter table thread add column state_updated_at bigint not null default 0',
    'update thread set state_updated_at = updated_at',
    'alter table thread add column temporary integer not null default 0',
    'alter table thread add column discard_at bigint null',
    'create index thread_discard on thread (discard_at) where "discard_at" is not null',
    'alter table run add column request text collate "C" null',
  ],
};
