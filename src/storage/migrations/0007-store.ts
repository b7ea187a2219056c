import type { TableMigration } from '../migration.ts';

/** The long-term store: namespaces, items, and vectors for semantic search. */
export const longTermStore: TableMigration = {
  name: '0007-store',
  sqlite: [
    `create table store_namespace (
      id text not null primary key,
      owner text not null,
      path text not null,
      seq bigint not null,
      last_seq bigint not null,
      touched_at bigint not null
    ) without rowid`,
    'create unique index store_namespace_path on store_namespace (owner, path)',
    'create index store_namespace_seq on store_namespace (owner, seq)',
    'create index store_namespace_touched on store_namespace (touched_at)',

    `create table store_item (
      id text not null primary key,
      owner text not null,
      namespace_id text not null,
      key text not null,
      value text not null,
      seq bigint not null,
      created_at bigint not null,
      updated_at bigint not null,
      expires_at bigint null,
      ttl_ms bigint null,
      constraint store_item_namespace_id_foreign foreign key (namespace_id) references store_namespace (id) on update no action on delete cascade
    )`,
    'create unique index store_item_key on store_item (namespace_id, key)',
    'create index store_item_owner_updated on store_item (owner, updated_at)',
    'create index store_item_expires on store_item (expires_at) where "expires_at" is not null',

    `create table store_vector (
      item_id text not null,
      path text not null,
      vector blob not null,
      primary key (item_id, path),
      constraint store_vector_item_id_foreign foreign key (item_id) references store_item (id) on update no action on delete cascade
    ) without rowid`,
  ],
  postgres: [
    `create table store_namespace (
      id text collate "C" not null primary key,
      owner text collate "C" not null,
      path text collate "C" not null,
      seq bigint not null,
      last_seq bigint not null,
      touched_at bigint not null
    )`,
    'create unique index store_namespace_path on store_namespace (owner, path)',
    'create index store_namespace_seq on store_namespace (owner, seq)',
    'create index store_namespace_touched on store_namespace (touched_at)',

    `create table store_item (
      id text collate "C" not null primary key,
      owner text collate "C" not null,
      namespace_id text collate "C" not null,
      key text collate "C" not null,
      value text collate "C" not null,
      seq bigint not null,
      created_at bigint not null,
      updated_at bigint not null,
      expires_at bigint null,
      ttl_ms bigint null,
      constraint store_item_namespace_id_foreign foreign key (namespace_id) references store_namespace (id) on update no action on delete cascade
    )`,
    'create unique index store_item_key on store_item (namespace_id, key)',
    'create index store_item_owner_updated on store_item (owner, updated_at)',
    'create index store_item_expires on store_item (expires_at) where "expires_at" is not null',

    `create table store_vector (
      item_id text collate "C" not null,
      path text collate "C" not null,
      vector real[] not null,
      primary key (item_id, path),
      constraint store_vector_item_id_foreign foreign key (item_id) references store_item (id) on update no action on delete cascade
    )`,
  ],
};
