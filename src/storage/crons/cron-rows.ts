import { defineEntity, p } from '@mikro-orm/core';
import type { Cron } from '../../domain/cron.ts';
import type { AssistantId, CronId, Owner } from '../../domain/ids.ts';
import type { CronTx, OccurrenceEnd } from '../../orchestrator/ports/crons.ts';
import { flag, integer, json, nullable, RowMapper, text, textColumn, time } from '../row-mapper.ts';
import type { Sql } from '../sql.ts';
import { placeholders } from '../sql.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

export const CronRow = defineEntity({
  name: 'Cron',
  tableName: 'cron',
  properties: {
    id: textColumn().primary(),
    owner: textColumn(),
    assistantId: textColumn(),
    thread: () => p.manyToOne(ThreadRow).nullable().deleteRule('cascade').updateRule('no action').fieldName('thread_id').index(false),
    onRunCompleted: textColumn().nullable(),
    strategy: textColumn().nullable(),
    schedule: textColumn(),
    timezone: textColumn().nullable(),
    endTime: p.bigint('number').nullable(),
    enabled: p.integer(),
    payload: textColumn(),
    metadata: textColumn(),
    nextAt: p.bigint('number').nullable(),
    /** While it is claimed: when it is due again if nothing is heard of the claimer. */
    dueAt: p.bigint('number').nullable(),
    claims: p.integer(),
    lastAt: p.bigint('number').nullable(),
    lastRunId: textColumn().nullable(),
    lastError: textColumn().nullable(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
  },
  indexes: [
    { name: 'cron_due', properties: ['dueAt'], where: '"due_at" is not null' },
    { name: 'cron_owner', properties: ['owner', 'id'] },
    { name: 'cron_assistant', properties: ['assistantId'] },
    { name: 'cron_thread', properties: ['thread'] },
  ],
});

export const cronRows = new RowMapper<Cron>({
  id: text('id'),
  owner: text('owner'),
  assistantId: text('assistant_id'),
  threadId: nullable(text('thread_id')),
  onRunCompleted: nullable(text('on_run_completed')),
  strategy: nullable(text('strategy')),
  schedule: text('schedule'),
  timezone: nullable(text('timezone')),
  endTime: nullable(time('end_time')),
  enabled: flag('enabled'),
  payload: json('payload'),
  metadata: json('metadata'),
  nextAt: nullable(time('next_at')),
  dueAt: nullable(time('due_at')),
  claims: integer('claims'),
  lastAt: nullable(time('last_at')),
  lastRunId: nullable(text('last_run_id')),
  lastError: nullable(text('last_error')),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

export class SqlCronTx implements CronTx {
  readonly #sql: Sql;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async insert(cron: Cron): Promise<void> {
    const values = placeholders(cronRows.width);
    await this.#sql.run(`insert into cron (${cronRows.columnList}) values (${values})`, cronRows.toParams(cron));
  }

  async lock(owner: Owner, id: CronId): Promise<Cron | null> {
    const { forUpdate } = this.#sql.dialect;
    const [row] = await this.#sql.all(`select ${cronRows.columnList} from cron where id = ? and owner = ?${forUpdate}`, [id, owner]);
    return row === undefined ? null : cronRows.fromRow(row);
  }

  async update(cron: Cron): Promise<void> {
    await this.#set(cron, 'where id = ?', [cron.id]);
  }

  async delete(owner: Owner, id: CronId): Promise<boolean> {
    return (await this.#sql.run('delete from cron where id = ? and owner = ?', [id, owner])) === 1;
  }

  async deleteOfAssistant(owner: Owner, id: AssistantId): Promise<void> {
    await this.#sql.run('delete from cron where assistant_id = ? and owner = ?', [id, owner]);
  }

  async finish({ id, claims, nextAt }: Cron, end: OccurrenceEnd): Promise<boolean> {
    // The guard: a later claim, or whoever changed when the cron is due, has raised `claims`; an occurrence that was dealt with is not its next one.
    const guard = 'where id = ? and claims = ? and next_at = ?';
    const patch = { nextAt: end.nextAt, dueAt: end.nextAt, lastAt: nextAt, lastRunId: end.runId, lastError: end.error };
    return (await this.#set(patch, guard, [id, claims, nextAt?.getTime() ?? null])) === 1;
  }

  async #set(patch: Partial<Cron>, where: string, params: readonly unknown[]): Promise<number> {
    const set = cronRows.assignments(patch);
    return set === null ? 0 : this.#sql.run(`update cron set ${set.text} ${where}`, [...set.params, ...params]);
  }
}
