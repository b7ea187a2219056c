import type { TableMigration } from '../migration.ts';

/**
 * How far a thread's log and checkpoints were cut, whose turn it is to be claimed, and who does the
 * background work.
 */
export const retention: TableMigration = {
  name: '0003-retention',
  sqlite: [
    'alter table thread add column events_from bigint not null default 1',
    'alter table thread add column pruned_version bigint not null default 0',
    'create index thread_owner_claimable on thread (owner, claimable_at) where "claimable_at" is not null',

    `create table maintenance (
      name text not null primary key,
      holder text not null,
      held_until bigint not null,
      next_at bigint not null
    ) without rowid`,
  ],
  postgres: [
    'alter table thread add column events_from bigint not null default 1',
    'alter table thread add column pruned_version bigint not null default 0',
    'create index thread_owner_claimable on thread (owner, claimable_at) where "claimable_at" is not null',

    `create table maintenance (
      name text collate "C" not null primary key,
      holder text collate "C" not null,
      held_until bigint not null,
      next_at bigint not null
    )`,
  ],
};
