import { Migration } from '@mikro-orm/migrations';

/** When a thread's state changed, threads that go with their one run, and what a run's caller asked of its streams. */
export class Protocol extends Migration {
  override up(): void {
    this.addSql('alter table thread add column state_updated_at bigint not null default 0');
    this.addSql('update thread set state_updated_at = updated_at');
    this.addSql('alter table thread add column temporary integer not null default 0');
    this.addSql('alter table thread add column discard_at bigint null');
    this.addSql('create index thread_discard on thread (discard_at) where "discard_at" is not null');
    this.addSql('alter table run add column request text collate "C" null');
  }
}
