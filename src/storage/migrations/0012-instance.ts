import type { TableMigration } from '../migration.ts';

/**
 * Which database this is, and how far it has come: a file, or a server's database, that was replaced is
 * noticed by it.
 */
export const instance: TableMigration = {
  name: '0012-instance',
  sqlite: [
    'create table instance (id text not null primary key, marks bigint not null)',
    'insert into instance (id, marks) values (lower(hex(randomblob(16))), 0)',
  ],
  postgres: [
    'create table instance (id text collate "C" not null primary key, marks bigint not null)',
    "insert into instance (id, marks) values (replace(gen_random_uuid()::text, '-', ''), 0)",
  ],
};
