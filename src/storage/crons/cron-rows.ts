import { defineEntity } from '@mikro-orm/core';
import type { Cron, CronPayload, OnRunCompleted } from '../../domain/cron.ts';
import type { AssistantId, CronId, Owner, RunId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { MultitaskStrategy } from '../../domain/run.ts';
import type { CronTx, OccurrenceEnd } from '../../orchestrator/ports/crons.ts';
import { flag, integer, json, partOf, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';
import type { Sql } from '../sql.ts';
import { placeholders } from '../sql.ts';
import { ThreadRow } from '../threads/thread-rows.ts';

export const CronRow = defineEntity({
  name: 'Cron',
  tableName: 'cron',
  properties: {
    id: text<CronId>().primary(),
    owner: text<Owner>(),
    assistantId: text<AssistantId>(),
    threadId: partOf(ThreadRow, 'thread_id').nullable(),
    onRunCompleted: text<OnRunCompleted>().nullable(),
    strategy: text<MultitaskStrategy>().nullable(),
    schedule: text(),
    timezone: text().nullable(),
    endTime: time().nullable(),
    enabled: flag(),
    payload: json<CronPayload>(),
    metadata: json<JsonObject>(),
    nextAt: time().nullable(),
    /** While it is claimed: when it is due again if nothing is heard of the claimer. */
    dueAt: time().nullable(),
    claims: integer(),
    lastAt: time().nullable(),
    lastRunId: text<RunId>().nullable(),
    lastError: text().nullable(),
    createdAt: time(),
    updatedAt: time(),
  },
  indexes: [
    { name: 'cron_due', properties: ['dueAt'], where: '"due_at" is not null' },
    { name: 'cron_owner', properties: ['owner', 'id'] },
    { name: 'cron_assistant', properties: ['assistantId'] },
    { name: 'cron_thread', properties: ['threadId'] },
  ],
});

export const cronRows: RowMapper<Cron> = rowMapper(CronRow);

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
