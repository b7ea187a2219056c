import { Migration } from '@mikro-orm/migrations';

/** Where a run's end is told, and the outbox of what is to be told. */
export class Webhooks extends Migration {
  override up(): void {
    this.addSql('alter table run add column webhook text null');
    this.addSql(`create table webhook_delivery (
      id text not null primary key,
      owner text not null,
      run_id text not null,
      thread_id text not null,
      url text not null,
      status text not null,
      attempts integer not null,
      due_at bigint null,
      last_status_code integer null,
      last_error text null,
      created_at bigint not null,
      delivered_at bigint null,
      run text not null,
      body text null
    )`);
    this.addSql(`create index webhook_delivery_due on webhook_delivery (due_at) where "status" = 'PENDING'`);
    this.addSql('create index webhook_delivery_owner on webhook_delivery (owner, id)');
    this.addSql('create index webhook_delivery_run on webhook_delivery (run_id)');
    this.addSql('create index webhook_delivery_created on webhook_delivery (created_at)');
  }
}
