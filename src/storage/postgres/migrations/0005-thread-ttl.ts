import { Migration } from '@mikro-orm/migrations';

/** Threads that go, or whose states go, when nothing happens on them. */
export class ThreadTtl extends Migration {
  override up(): void {
    this.addSql('alter table thread add column ttl text null');
    this.addSql('alter table thread add column expires_at bigint null');
    this.addSql('create index thread_expires on thread (expires_at) where "expires_at" is not null');
  }
}
