import { Migration } from '@mikro-orm/migrations';

/** Threads, runs, their log, and idempotency keys. */
export class ThreadsAndRuns extends Migration {
  override up(): void {
    this.addSql(`create table thread (
      id text not null primary key,
      owner text not null,
      status text not null,
      resting_status text not null,
      metadata text not null,
      graph_id text null,
      next_seq bigint not null,
      next_position bigint not null,
      state_version bigint not null,
      claimable_at bigint null,
      created_at bigint not null,
      updated_at bigint not null
    )`);
    this.addSql('create index thread_claimable on thread (claimable_at) where "claimable_at" is not null');
    this.addSql('create index thread_owner_created on thread (owner, created_at, id)');
    this.addSql('create index thread_owner_updated on thread (owner, updated_at, id)');

    this.addSql(`create table run (
      id text not null primary key,
      thread_id text not null,
      owner text not null,
      assistant_id text not null,
      graph_id text not null,
      status text not null,
      end_reason text null,
      error text null,
      strategy text not null,
      input text not null,
      command text null,
      config text not null,
      context text not null,
      metadata text not null,
      interrupt_before text null,
      interrupt_after text null,
      record_events integer not null,
      position bigint not null,
      attempt integer not null,
      failures integer not null,
      lease_owner text null,
      lease_until bigint null,
      available_at bigint not null,
      timeout_ms bigint null,
      deadline bigint null,
      stop text null,
      superseded_by text null,
      carry text not null,
      carried_by text null,
      base_checkpoint_id text null,
      head_before text null,
      head_after text null,
      thread_status_before text null,
      created_at bigint not null,
      updated_at bigint not null,
      started_at bigint null,
      finished_at bigint null,
      constraint run_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`);
    this.addSql('create unique index run_thread_position on run (thread_id, position)');
    this.addSql(`create unique index run_one_running on run (thread_id) where "status" = 'RUNNING'`);
    this.addSql(`create index run_lease on run (lease_until) where "status" = 'RUNNING'`);
    this.addSql(`create index run_unfinished on run (thread_id, position) where "status" in ('PENDING', 'RUNNING')`);
    this.addSql(`create index run_carry on run (thread_id, position) where "carry" in ('WAITING', 'TAKEN')`);
    this.addSql('create index run_superseded_by on run (superseded_by) where "superseded_by" is not null');
    this.addSql('create index run_carried_by on run (carried_by) where "carried_by" is not null');

    this.addSql(`create table run_event (
      thread_id text not null,
      seq bigint not null,
      run_id text null,
      kind text not null,
      payload text not null,
      created_at bigint not null,
      primary key (thread_id, seq),
      constraint run_event_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`);
    this.addSql('create index run_event_run on run_event (run_id, seq)');

    this.addSql(`create table idempotency (
      owner text not null,
      key text not null,
      request_hash text not null,
      run_id text not null,
      expires_at bigint not null,
      primary key (owner, key)
    ) without rowid`);
    this.addSql('create index idempotency_expires on idempotency (expires_at)');
  }
}
