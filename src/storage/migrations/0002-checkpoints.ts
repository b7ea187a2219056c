import type { TableMigration } from '../migration.ts';

/** LangGraph's checkpoints: heads, history, pending writes, and the values that they share. */
export const checkpoints: TableMigration = {
  name: '0002-checkpoints',
  sqlite: [
    `create table checkpoint (
      thread_id text not null,
      ns text not null,
      checkpoint_id text not null,
      parent_id text null,
      run_id text null,
      seq bigint not null,
      body text not null,
      metadata text not null,
      refs text not null,
      primary key (thread_id, ns, checkpoint_id),
      constraint checkpoint_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`,
    'create index checkpoint_history on checkpoint (thread_id, ns, seq)',
    'create index checkpoint_run on checkpoint (run_id) where "run_id" is not null',

    `create table checkpoint_write (
      thread_id text not null,
      ns text not null,
      checkpoint_id text not null,
      task_id text not null,
      idx integer not null,
      run_id text not null,
      seq bigint not null,
      channel text not null,
      task_path text not null,
      type text not null,
      data text not null,
      lists text null,
      primary key (thread_id, ns, checkpoint_id, task_id, idx, run_id),
      constraint checkpoint_write_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`,
    `create index checkpoint_write_run on checkpoint_write (run_id) where "run_id" <> ''`,

    `create table blob (
      thread_id text not null,
      id bigint not null,
      base_id bigint null,
      type text not null,
      data text not null,
      lists text null,
      primary key (thread_id, id),
      constraint blob_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`,

    `create table checkpoint_head (
      thread_id text not null,
      ns text not null,
      checkpoint_id text not null,
      primary key (thread_id, ns),
      constraint checkpoint_head_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`,
  ],
  postgres: [
    `create table checkpoint (
      thread_id text collate "C" not null,
      ns text collate "C" not null,
      checkpoint_id text collate "C" not null,
      parent_id text collate "C" null,
      run_id text collate "C" null,
      seq bigint not null,
      body text collate "C" not null,
      metadata text collate "C" not null,
      refs text collate "C" not null,
      primary key (thread_id, ns, checkpoint_id),
      constraint checkpoint_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`,
    'create index checkpoint_history on checkpoint (thread_id, ns, seq)',
    'create index checkpoint_run on checkpoint (run_id) where "run_id" is not null',

    `create table checkpoint_write (
      thread_id text collate "C" not null,
      ns text collate "C" not null,
      checkpoint_id text collate "C" not null,
      task_id text collate "C" not null,
      idx integer not null,
      run_id text collate "C" not null,
      seq bigint not null,
      channel text collate "C" not null,
      task_path text collate "C" not null,
      type text collate "C" not null,
      data text collate "C" not null,
      lists text collate "C" null,
      primary key (thread_id, ns, checkpoint_id, task_id, idx, run_id),
      constraint checkpoint_write_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`,
    `create index checkpoint_write_run on checkpoint_write (run_id) where "run_id" <> ''`,

    `create table blob (
      thread_id text collate "C" not null,
      id bigint not null,
      base_id bigint null,
      type text collate "C" not null,
      data text collate "C" not null,
      lists text collate "C" null,
      primary key (thread_id, id),
      constraint blob_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`,

    `create table checkpoint_head (
      thread_id text collate "C" not null,
      ns text collate "C" not null,
      checkpoint_id text collate "C" not null,
      primary key (thread_id, ns),
      constraint checkpoint_head_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`,
  ],
};
