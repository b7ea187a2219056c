import { Migration } from '@mikro-orm/migrations';

/** Threads, runs, their log, idempotency keys; the clock, and how JSON is compared. Text is ordered by its bytes, as SQLite does. */
export class ThreadsAndRuns extends Migration {
  override up(): void {
    this.addSql(`create table thread (
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
    )`);
    this.addSql('create index thread_claimable on thread (claimable_at) where "claimable_at" is not null');
    this.addSql('create index thread_owner_created on thread (owner, created_at, id)');
    this.addSql('create index thread_owner_updated on thread (owner, updated_at, id)');

    this.addSql(`create table run (
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
    )`);
    this.addSql('create unique index run_thread_position on run (thread_id, position)');
    this.addSql(`create unique index run_one_running on run (thread_id) where "status" = 'RUNNING'`);
    this.addSql(`create index run_lease on run (lease_until) where "status" = 'RUNNING'`);
    this.addSql(`create index run_unfinished on run (thread_id, position) where "status" in ('PENDING', 'RUNNING')`);
    this.addSql(`create index run_carry on run (thread_id, position) where "carry" in ('WAITING', 'TAKEN')`);
    this.addSql('create index run_superseded_by on run (superseded_by) where "superseded_by" is not null');
    this.addSql('create index run_carried_by on run (carried_by) where "carried_by" is not null');

    this.addSql(`create table run_event (
      thread_id text collate "C" not null,
      seq bigint not null,
      run_id text collate "C" null,
      kind text collate "C" not null,
      payload text collate "C" not null,
      created_at bigint not null,
      primary key (thread_id, seq),
      constraint run_event_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`);
    this.addSql('create index run_event_run on run_event (run_id, seq)');

    this.addSql(`create table idempotency (
      owner text collate "C" not null,
      key text collate "C" not null,
      request_hash text collate "C" not null,
      run_id text collate "C" not null,
      expires_at bigint not null,
      primary key (owner, key)
    )`);
    this.addSql('create index idempotency_expires on idempotency (expires_at)');

    // The clock of leases and due times, in ms since the epoch.
    this.addSql(`create function now_ms() returns bigint language sql volatile as $$
      select floor(extract(epoch from clock_timestamp()) * 1000)::bigint
    $$`);

    // jsonb has no NUL and no half of a surrogate pair; JSON.stringify escapes both, and U+FFFF takes their place, doubled where it stands
    // for itself.
    this.addSql(String.raw`create function json_comparable(value text) returns jsonb language sql immutable strict parallel safe as $$
      select regexp_replace(
        replace(value, chr(65535), chr(65535) || chr(65535)),
        '(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f][0-9a-f]{2})', '\1' || chr(65535) || '\2', 'g'
      )::jsonb
    $$`);
    this.addSql(`create function json_contains(value jsonb, filter jsonb) returns boolean language plpgsql immutable parallel safe as $$
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
    $$`);
  }
}
