import type { DeliveryId, Owner } from '../../domain/ids.ts';
import type { WebhookDelivery } from '../../domain/webhook.ts';
import type { AttemptEnd, DeliveryQuery, WebhookOutbox } from '../../orchestrator/ports/webhooks.ts';
import type { Database } from '../database.ts';
import { keysetPage, pageClause } from '../keyset.ts';
import type { Condition, Sql } from '../sql.ts';
import { deliveryRows } from './webhook-rows.ts';

const COLUMNS = deliveryRows.columnList;
/** The index's condition, word for word, so that it serves. */
const isPendingSql = `"status" = 'PENDING'`;

export class SqlWebhookOutbox implements WebhookOutbox {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async claimDue(limit: number, claimMs: number): Promise<WebhookDelivery[]> {
    return this.#database.transaction(async (sql) => {
      const now = sql.now.getTime();
      const rows = await sql.all(
        `update webhook_delivery set attempts = attempts + 1, due_at = ? where id in (
           select id from webhook_delivery where ${isPendingSql} and due_at <= ? order by due_at limit ?${sql.dialect.forUpdateSkipLocked}
         ) returning ${COLUMNS}`,
        [now + claimMs, now, limit],
      );
      return rows.map((row) => deliveryRows.fromRow(row));
    });
  }

  keepBody(claimed: WebhookDelivery, body: string): Promise<boolean> {
    return this.#whileClaimed(claimed, () => ({ text: 'body = ?', params: [body] }));
  }

  end(claimed: WebhookDelivery, end: AttemptEnd): Promise<boolean> {
    return this.#whileClaimed(claimed, (sql) => assignmentsOf(end, sql.now.getTime()));
  }

  async dueInMs(): Promise<number | null> {
    const { read } = this.#database;
    const [row] = await read.all<{ due_at: number | string }>(
      `select due_at from webhook_delivery where ${isPendingSql} order by due_at limit 1`,
    );
    return row === undefined ? null : Math.max(0, Number(row.due_at) - read.now.getTime());
  }

  async find(owner: Owner, id: DeliveryId): Promise<WebhookDelivery | null> {
    const [row] = await this.#database.read.all(`select ${COLUMNS} from webhook_delivery where id = ? and owner = ?`, [id, owner]);
    return row === undefined ? null : deliveryRows.fromRow(row);
  }

  async list({ owner, status, runId, window }: DeliveryQuery): Promise<WebhookDelivery[]> {
    const filters: Condition[] = [{ text: 'owner = ?', params: [owner] }];
    if (status !== undefined) filters.push({ text: `status in (${status.map(() => '?').join(', ') || 'null'})`, params: status });
    if (runId !== undefined) filters.push({ text: 'run_id = ?', params: [runId] });
    const page = keysetPage<DeliveryId>({ columns: ['id'], direction: 'DESC', values: (id) => [id] }, window);
    const { text, params } = pageClause(filters, page);
    const rows = await this.#database.read.all(`select ${COLUMNS} from webhook_delivery ${text}`, params);
    return rows.map((row) => deliveryRows.fromRow(row));
  }

  async resend(owner: Owner, id: DeliveryId): Promise<WebhookDelivery | null> {
    return this.#database.transaction(async (sql) => {
      const [row] = await sql.all(
        `update webhook_delivery set status = 'PENDING', due_at = ?, delivered_at = null where id = ? and owner = ? returning ${COLUMNS}`,
        [sql.now.getTime(), id, owner],
      );
      return row === undefined ? null : deliveryRows.fromRow(row);
    });
  }

  removeOld(ageMs: number, limit: number): Promise<number> {
    return this.#database.transaction((sql) =>
      sql.run(
        `delete from webhook_delivery where id in (
           select id from webhook_delivery where created_at <= ? and status <> 'PENDING' order by created_at limit ?${sql.dialect.forUpdateSkipLocked}
         )`,
        [sql.now.getTime() - ageMs, limit],
      ),
    );
  }

  /** The guard: another process's claim has raised `attempts`, an end has changed `status`. */
  #whileClaimed({ id, attempts }: WebhookDelivery, assign: (sql: Sql) => Condition): Promise<boolean> {
    return this.#database.transaction(async (sql) => {
      const { text, params } = assign(sql);
      const updated = await sql.run(`update webhook_delivery set ${text} where id = ? and attempts = ? and ${isPendingSql}`, [
        ...params,
        id,
        attempts,
      ]);
      return updated === 1;
    });
  }
}

function assignmentsOf(end: AttemptEnd, now: number): Condition {
  switch (end.kind) {
    case 'delivered':
      return {
        text: `status = 'DELIVERED', due_at = null, last_status_code = ?, last_error = null, delivered_at = ?`,
        params: [end.statusCode, now],
      };
    case 'failed':
      return {
        text: 'status = ?, due_at = ?, last_status_code = ?, last_error = ?',
        params: [end.pauseMs === null ? 'FAILED' : 'PENDING', end.pauseMs === null ? null : now + end.pauseMs, end.statusCode, end.error],
      };
    case 'broken-off':
      return { text: 'due_at = ?', params: [now] };
  }
}
