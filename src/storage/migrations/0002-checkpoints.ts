import { Migration } from '@mikro-orm/migrations';

/** LangGraph's checkpoints: heads, history, pending writes, and the values that they share. */
export class Checkpoints extends Migration {
  override up(): void {
    this.addSql(`create table checkpoint (
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
    ) without rowid`);
    this.addSql('create index checkpoint_history on checkpoint (thread_id, ns, seq)');
    this.addSql('create index checkpoint_run on checkpoint (run_id) where "run_id" is not null');

    this.addSql(`create table checkpoint_write (
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
    ) without rowid`);
    this.addSql(`create index checkpoint_write_run on checkpoint_write (run_id) where "run_id" <> ''`);

    this.addSql(`create table blob (
      thread_id text not null,
      id bigint not null,
      base_id bigint null,
      type text not null,
      data text not null,
      lists text null,
      primary key (thread_id, id),
      constraint blob_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`);

    this.addSql(`create table checkpoint_head (
      thread_id text not null,
      ns text not null,
      checkpoint_id text not null,
      primary key (thread_id, ns),
      constraint checkpoint_head_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`);
  }
}
