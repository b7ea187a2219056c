import type { TableMigration } from '../migration.ts';

/**
 * Threads, runs, their log, idempotency keys; on PostgreSQL also the clock, and how JSON is compared. Text is
 * ordered by its bytes there, as SQLite does.
 */
export const threadsAndRuns: TableMigration = {
  name: '0001-threads-and-runs',
  sqlite: [
    `create table thread (
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
    )`,
    'create index thread_claimable on thread (claimable_at) where "claimable_at" is not null',
    'create index thread_owner_created on thread (owner, created_at, id)',
    'create index thread_owner_updated on thread (owner, updated_at, id)',

    `create table run (
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
    )`,
    'create unique index run_thread_position on run (thread_id, position)',
    `create unique index run_one_running on run (thread_id) where "status" = 'RUNNING'`,
    `create index run_lease on run (lease_until) where "status" = 'RUNNING'`,
    `create index run_unfinished on run (thread_id, position) where "status" in ('PENDING', 'RUNNING')`,
    `create index run_carry on run (thread_id, position) where "carry" in ('WAITING', 'TAKEN')`,
    'create index run_superseded_by on run (superseded_by) where "superseded_by" is not null',
    'create index run_carried_by on run (carried_by) where "carried_by" is not null',

    `create table run_event (
      thread_id text not null,
      seq bigint not null,
      run_id text null,
      kind text not null,
      payload text not null,
      created_at bigint not null,
      primary key (thread_id, seq),
      constraint run_event_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    ) without rowid`,
    'create index run_event_run on run_event (run_id, seq)',

    `create table idempotency (
      owner text not null,
      key text not null,
      request_hash text not null,
      run_id text not null,
      expires_at bigint not null,
      primary key (owner, key)
    ) without rowid`,
    'create index idempotency_expires on idempotency (expires_at)',
  ],
  postgres: [
    `create table thread (
      id text collate "C" not null primary key,
      owner text collate "C" not null,
      status text collate "C" not null,
      resting_status text collate "C" not null,
      metadata text collate "C" not null,
      graph_id text collate "C" null,
      next_seq bigint not null,
      next_position bigint not null,
      state_version bigint not null,
      claimable_at bigint null,
      created_at bigint not null,
      updated_at bigint not null
    )`,
    'create index thread_claimable on thread (claimable_at) where "claimable_at" is not null',
    'create index thread_owner_created on thread (owner, created_at, id)',
    'create index thread_owner_updated on thread (owner, updated_at, id)',

    `create table run (
      id text collate "C" not null primary key,
      thread_id text collate "C" not null,
      owner text collate "C" not null,
      assistant_id text collate "C" not null,
      graph_id text collate "C" not null,
      status text collate "C" not null,
      end_reason text collate "C" null,
      error text collate "C" null,
      strategy text collate "C" not null,
      input text collate "C" not null,
      command text collate "C" null,
      config text collate "C" not null,
      context text collate "C" not null,
      metadata text collate "C" not null,
      interrupt_before text collate "C" null,
      interrupt_after text collate "C" null,
      record_events integer not null,
      position bigint not null,
      attempt integer not null,
      failures integer not null,
      lease_owner text collate "C" null,
      lease_until bigint null,
      available_at bigint not null,
      timeout_ms bigint null,
      deadline bigint null,
      stop text collate "C" null,
      superseded_by text collate "C" null,
      carry text collate "C" not null,
      carried_by text collate "C" null,
      base_checkpoint_id text collate "C" null,
      head_before text collate "C" null,
      head_after text collate "C" null,
      thread_status_before text collate "C" null,
      created_at bigint not null,
      updated_at bigint not null,
      started_at bigint null,
      finished_at bigint null,
      constraint run_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`,
    'create unique index run_thread_position on run (thread_id, position)',
    `create unique index run_one_running on run (thread_id) where "status" = 'RUNNING'`,
    `create index run_lease on run (lease_until) where "status" = 'RUNNING'`,
    `create index run_unfinished on run (thread_id, position) where "status" in ('PENDING', 'RUNNING')`,
    `create index run_carry on run (thread_id, position) where "carry" in ('WAITING', 'TAKEN')`,
    'create index run_superseded_by on run (superseded_by) where "superseded_by" is not null',
    'create index run_carried_by on run (carried_by) where "carried_by" is not null',

    `create table run_event (
      thread_id text collate "C" not null,
      seq bigint not null,
      run_id text collate "C" null,
      kind text collate "C" not null,
      payload text collate "C" not null,
      created_at bigint not null,
      primary key (thread_id, seq),
      constraint run_event_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`,
    'create index run_event_run on run_event (run_id, seq)',

    `create table idempotency (
      owner text collate "C" not null,
      key text collate "C" not null,
      request_hash text collate "C" not null,
      run_id text collate "C" not null,
      expires_at bigint not null,
      primary key (owner, key)
    )`,
    'create index idempotency_expires on idempotency (expires_at)',

    // The clock of leases and due times, in ms since the epoch.
    `create function now_ms() returns bigint language sql volatile as $$
      select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
    $$`,

    // jsonb has no NUL and no half of a surrogate pair; JSON.stringify escapes both, and U+FFFF takes their
    // place, doubled where it stands for itself.
    String.raw`create function json_comparable(value text) returns jsonb language sql immutable strict parallel safe as $$
      select regexp_replace(
        replace(value, chr(65535), chr(65535) || chr(65535)),
        '(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f][0-9a-f]{2})', '\1' || chr(65535) || '\2', 'g'
      )::jsonb
    $$`,
    `create function json_contains(value jsonb, filter jsonb) returns boolean language plpgsql immutable parallel safe as $$
      declare
        wanted record;
      begin
        if jsonb_typeof(value) is distinct from 'object' then
          return false;
        end if;
        for wanted in select * from jsonb_each(filter) loop
          if jsonb_typeof(wanted.value) = 'object' then
            if not json_contains(value -> wanted.key, wanted.value) then
              return false;
            end if;
          elsif (value -> wanted.key) is distinct from wanted.value then
            return false;
          end if;
        end loop;
        return true;
      end
    $$`,
  ],
};
