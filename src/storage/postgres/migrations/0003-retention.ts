import { Migration } from '@mikro-orm/migrations';

/** How far a thread's log and checkpoints were cut, whose turn it is to be claimed, and who does the background work. */
export class Retention extends Migration {
  override up(): void {
    this.addSql('alter table thread add column events_from bigint not null default 1');
    this.addSql('alter table thread add column pruned_version bigint not null default 0');
    this.addSql('create index thread_owner_claimable on thread (owner, claimable_at) where "claimable_at" is not null');

    this.addSql(`create table maintenance (
      name text collate "C" not null primary key,
      holder text collate "C" not null,
      held_until bigint not null,
      next_at bigint not null
    )`);
  }
}
