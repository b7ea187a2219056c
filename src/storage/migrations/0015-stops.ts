import type { TableMigration } from '../migration.ts';

/** Which nodes and tools a stopped run left at work. */
export const stops: TableMigration = {
  name: '0015-stops',
  sqlite: [`alter table run add column abandoned text not null default '[]'`],
  postgres: [`alter table run add column abandoned text collate "C" not null default '[]'`],
};
