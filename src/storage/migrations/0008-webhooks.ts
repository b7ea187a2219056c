import type { TableMigration } from '../migration.ts';

/** A run's webhook, and the outbox of notifications. */
export const webhooks: TableMigration = {
  name: '0008-webhooks',
  sqlite: [
    'alter table run add column webhook text null',
    `create table webhook_delivery (
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
    )`,
    `create index webhook_delivery_due on webhook_delivery (due_at) where "status" = 'PENDING'`,
    'create index webhook_delivery_owner on webhook_delivery (owner, id)',
    'create index webhook_delivery_run on webhook_delivery (run_id)',
    'create index webhook_delivery_created on webhook_delivery (created_at)',
  ],
  postgres: [
    'alter table run add column webhook text collate "C" null',
    `create table webhook_delivery (
      id text collate "C" not null primary key,
      owner text collate "C" not null,
      run_id text collate "C" not null,
      thread_id text collate "C" not null,
      url text collate "C" not null,
      status text collate "C" not null,
      attempts integer not null,
      due_at bigint null,
      last_status_code integer null,
      last_error text collate "C" null,
      created_at bigint not null,
      delivered_at bigint null,
      run text collate "C" not null,
      body text collate "C" null
    )`,
    `create index webhook_delivery_due on webhook_delivery (due_at) where "status" = 'PENDING'`,
    'create index webhook_delivery_owner on webhook_delivery (owner, id)',
    'create index webhook_delivery_run on webhook_delivery (run_id)',
    'create index webhook_delivery_created on webhook_delivery (created_at)',
  ],
};
