import type { TableMigration } from '../migration.ts';

/** Which runs are suspected of the death of their process, and whose. */
export const suspects: TableMigration = {
  name: '0018-suspects',
  sqlite: [
    'alter table run add column suspicion integer not null default 0',
    'alter table run add column suspect_of text null',
  ],
  postgres: [
    'alter table run add column suspicion integer not null default 0',
    'alter table run add column suspect_of text collate "C" null',
  ],
};
