import type { TableMigration } from '../migration.ts';

/** Threads that go, or whose states go, when nothing happens on them. */
export const threadTtl: TableMigration = {
  name: '0005-thread-ttl',
  sqlite: [
    'alter table thread add column ttl text null',
    'alter table thread add column expires_at bigint null',
    'create index thread_expires on thread (expires_at) where "expires_at" is not null',
  ],
  postgres: [
    'alter table thread add column ttl text null',
    'alter table thread add column expires_at bigint null',
    'create index thread_expires on thread (expires_at) where "expires_at" is not null',
  ],
};
