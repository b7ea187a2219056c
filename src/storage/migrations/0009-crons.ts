import { Migration } from '@mikro-orm/migrations';

/** Runs that are started at the times of a schedule. */
export class Crons extends Migration {
  override up(): void {
    this.addSql(`create table cron (
      id text not null primary key,
      owner text not null,
      assistant_id text not null,
      thread_id text null,
      on_run_completed text null,
      strategy text null,
      schedule text not null,
      timezone text null,
      end_time bigint null,
      enabled integer not null,
      payload text not null,
      metadata text not null,
      next_at bigint null,
      due_at bigint null,
      claims integer not null,
      last_at bigint null,
      last_run_id text null,
      last_error text null,
      created_at bigint not null,
      updated_at bigint not null,
      constraint cron_thread_id_foreign foreign key (thread_id) references thread (id) on update no action on delete cascade
    )`);
    this.addSql('create index cron_due on cron (due_at) where "due_at" is not null');
    this.addSql('create index cron_owner on cron (owner, id)');
    this.addSql('create index cron_assistant on cron (assistant_id)');
    this.addSql('create index cron_thread on cron (thread_id)');
  }
}
