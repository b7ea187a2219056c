import type { TableMigration } from '../migration.ts';

/** Assistants and their versions; an id is its owner's. */
export const assistants: TableMigration = {
  name: '0006-assistants',
  sqlite: [
    `create table assistant (
      owner text not null,
      id text not null,
      graph_id text not null,
      name text not null,
      folded_name text not null,
      description text null,
      config text not null,
      context text not null,
      metadata text not null,
      version bigint not null,
      newest_version bigint not null,
      is_default integer not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (owner, id)
    )`,
    'create index assistant_owner_created on assistant (owner, created_at, id)',

    `create table assistant_version (
      owner text not null,
      assistant_id text not null,
      version bigint not null,
      graph_id text not null,
      name text not null,
      description text null,
      config text not null,
      context text not null,
      metadata text not null,
      created_at bigint not null,
      primary key (owner, assistant_id, version)
    )`,
    'create index run_assistant on run (assistant_id, id)',
  ],
  postgres: [
    `create table assistant (
      owner text collate "C" not null,
      id text collate "C" not null,
      graph_id text collate "C" not null,
      name text collate "C" not null,
      folded_name text collate "C" not null,
      description text collate "C" null,
      config text collate "C" not null,
      context text collate "C" not null,
      metadata text collate "C" not null,
      version bigint not null,
      newest_version bigint not null,
      is_default integer not null,
      created_at bigint not null,
      updated_at bigint not null,
      primary key (owner, id)
    )`,
    'create index assistant_owner_created on assistant (owner, created_at, id)',

    `create table assistant_version (
      owner text collate "C" not null,
      assistant_id text collate "C" not null,
      version bigint not null,
      graph_id text collate "C" not null,
      name text collate "C" not null,
      description text collate "C" null,
      config text collate "C" not null,
      context text collate "C" not null,
      metadata text collate "C" not null,
      created_at bigint not null,
      primary key (owner, assistant_id, version)
    )`,
    'create index run_assistant on run (assistant_id, id)',
  ],
};
