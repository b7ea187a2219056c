import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Brought, CheckpointTx, StateBuffer } from '../../orchestrator/ports/checkpoints.ts';
import { isUnfinishedSql } from '../runs/run-rows.ts';
import type { Sql } from '../sql.ts';
import { chunked, placeholders } from '../sql.ts';
import type { CheckpointMemory } from './memory/checkpoint-memory.ts';
import { SqlStateBuffer } from './records/buffer.ts';
import { raiseStateVersion, readStateVersion } from './records/state-version.ts';
import type { StoredCheckpoint } from './records/stored-checkpoint.ts';
import { keepLatest } from './retention/prune.ts';
import { copyCheckpoints, sweepBlobs } from './retention/sweep.ts';

type OwnCheckpoint = { readonly ns: string; readonly id: string; readonly parentId: string | null; readonly seq: number };

export class SqlCheckpointTx implements CheckpointTx {
  readonly #sql: Sql;
  readonly #memory: CheckpointMemory;

  constructor(sql: Sql, memory: CheckpointMemory) {
    this.#sql = sql;
    this.#memory = memory;
  }

  head(threadId: ThreadId, ns = ''): Promise<string | null> {
    return readHead(this.#sql, threadId, ns);
  }

  exists(threadId: ThreadId, checkpointId: string): Promise<boolean> {
    return checkpointExists(this.#sql, threadId, '', checkpointId);
  }

  async broughtBy(threadId: ThreadId, runId: RunId): Promise<Brought> {
    const isUpdate = this.#sql.dialect.contains('metadata', UPDATE);
    const owns = async (what: string, params: readonly unknown[]): Promise<boolean> => {
      const sql = `select 1 from checkpoint where run_id = ? and thread_id = ? and ns = '' and ${what} limit 1`;
      return (await this.#sql.all(sql, [runId, threadId, ...params])).length > 0;
    };
    if (await owns(`not (${isUpdate.text}) and not (${HOLDS_INPUT})`, isUpdate.params)) return { input: true, ahead: true };
    return { input: false, ahead: await owns(`(${isUpdate.text})`, isUpdate.params) };
  }

  async inputHeldBy(threadId: ThreadId, checkpointId: string): Promise<RunId | null> {
    const [row] = await this.#sql.all<{ run_id: RunId | null }>(
      `select run_id from checkpoint where thread_id = ? and ns = '' and checkpoint_id = ? and ${HOLDS_INPUT}`,
      [threadId, checkpointId],
    );
    return row?.run_id ?? null;
  }

  async commit(buffer: StateBuffer): Promise<boolean> {
    if (!(buffer instanceof SqlStateBuffer)) throw new TypeError('The state buffer belongs to another checkpoint store');
    const { threadId, stateVersion, puts } = buffer;
    if ((await readStateVersion(this.#sql, threadId)) !== stateVersion) return false;
    if (puts.isEmpty) return true;
    const version = await puts.write(this.#sql);
    this.#propose(threadId, stateVersion, version, buffer);
    return true;
  }

  async rollBackRun(threadId: ThreadId, runId: RunId): Promise<void> {
    const version = await raiseStateVersion(this.#sql, threadId);
    this.#memory.supersede(threadId, version);
    await this.#sql.run(`delete from checkpoint_write where run_id = ? and run_id <> '' and thread_id = ?`, [runId, threadId]);
    const own = await this.#ownCheckpoints(threadId, runId);
    await this.#remove(threadId, own);
    for (const ns of new Set(own.map((checkpoint) => checkpoint.ns))) await this.#fallBack(threadId, ns);
    if (own.length > 0) await sweepBlobs(this.#sql, threadId, Math.min(...own.map(({ seq }) => seq)));
  }

  copyThread(from: ThreadId, to: ThreadId): Promise<void> {
    return copyCheckpoints(this.#sql, from, to);
  }

  async keepLatest(threadId: ThreadId): Promise<number> {
    // Earlier reads may contain what is removed: nothing may be committed on top of them.
    const version = await raiseStateVersion(this.#sql, threadId);
    this.#memory.supersede(threadId, version);
    return keepLatest(this.#sql, threadId);
  }

  async releaseRun(threadId: ThreadId, runId: RunId): Promise<void> {
    const own = await this.#ownCheckpoints(threadId, runId);
    const needed = await this.#needed(threadId, own);
    const removed: OwnCheckpoint[] = [];
    // Newest first, a child before its parent: with the last of its children gone a checkpoint may go too.
    for (const checkpoint of own.toSorted((a, b) => b.seq - a.seq)) {
      const children = needed.get(keyOf(checkpoint.ns, checkpoint.id)) ?? 0;
      if (children > 0) continue;
      removed.push(checkpoint);
      const parent = keyOf(checkpoint.ns, checkpoint.parentId ?? '');
      needed.set(parent, (needed.get(parent) ?? 1) - 1);
    }
    await this.#remove(threadId, removed);
    await this.#sql.run('update checkpoint set run_id = null where run_id = ? and thread_id = ?', [runId, threadId]);
    if (removed.length > 0) await sweepBlobs(this.#sql, threadId, 0);
  }

  /** The buffer's heads count once it is known that this transaction has committed; until then memory holds none of the thread. */
  #propose(threadId: ThreadId, before: number, version: number, { puts }: SqlStateBuffer): void {
    const remembered = this.#memory.of(threadId);
    const [proof] = puts.heads;
    const known = remembered?.version === before ? remembered.heads : new Map<string, StoredCheckpoint | null>();
    this.#memory.supersede(threadId, version, proof === undefined ? null : { heads: puts.over(known), proof });
  }

  async #ownCheckpoints(threadId: ThreadId, runId: RunId): Promise<OwnCheckpoint[]> {
    const rows = await this.#sql.all<{ ns: string; checkpoint_id: string; parent_id: string | null; seq: number | string }>(
      'select ns, checkpoint_id, parent_id, seq from checkpoint where run_id = ? and thread_id = ?',
      [runId, threadId],
    );
    return rows.map((row) => ({ ns: row.ns, id: row.checkpoint_id, parentId: row.parent_id, seq: Number(row.seq) }));
  }

  /** How often each of the run's checkpoints is needed: as a head, as an unfinished run's base or what its rollback restores, as a parent. */
  async #needed(threadId: ThreadId, own: readonly OwnCheckpoint[]): Promise<Map<string, number>> {
    const rows = await this.#sql.all<{ ns: string; id: string }>(
      `select ns, checkpoint_id as id from checkpoint_head where thread_id = ?
       union all select '' as ns, base_checkpoint_id as id from run where thread_id = ? and base_checkpoint_id is not null and ${isUnfinishedSql}
       union all select '' as ns, head_before as id from run where thread_id = ? and head_before is not null and ${isUnfinishedSql}`,
      [threadId, threadId, threadId],
    );
    for (const chunk of chunked(own.map(({ id }) => id))) {
      rows.push(
        ...(await this.#sql.all<{ ns: string; id: string }>(
          `select ns, parent_id as id from checkpoint where thread_id = ? and parent_id in (${placeholders(chunk.length)})`,
          [threadId, ...chunk],
        )),
      );
    }
    const needed = new Map<string, number>();
    for (const { ns, id } of rows) needed.set(keyOf(ns, id), (needed.get(keyOf(ns, id)) ?? 0) + 1);
    return needed;
  }

  async #remove(threadId: ThreadId, checkpoints: readonly OwnCheckpoint[]): Promise<void> {
    for (const [ns, group] of Map.groupBy(checkpoints, (checkpoint) => checkpoint.ns)) {
      for (const chunk of chunked(group.map(({ id }) => id))) {
        const these = `thread_id = ? and ns = ? and checkpoint_id in (${placeholders(chunk.length)})`;
        await this.#sql.run(`delete from checkpoint_write where ${these}`, [threadId, ns, ...chunk]);
        await this.#sql.run(`delete from checkpoint where ${these}`, [threadId, ns, ...chunk]);
      }
    }
  }

  async #fallBack(threadId: ThreadId, ns: string): Promise<void> {
    const [newest] = await this.#sql.all<{ checkpoint_id: string }>(
      'select checkpoint_id from checkpoint where thread_id = ? and ns = ? order by seq desc limit 1',
      [threadId, ns],
    );
    if (newest === undefined) await this.#sql.run('delete from checkpoint_head where thread_id = ? and ns = ?', [threadId, ns]);
    else {
      await this.#sql.run('update checkpoint_head set checkpoint_id = ? where thread_id = ? and ns = ?', [
        newest.checkpoint_id,
        threadId,
        ns,
      ]);
    }
  }
}

const keyOf = (ns: string, id: string): string => JSON.stringify([ns, id]);

const UPDATE = { source: 'update' };
/** LangGraph's channel of an input that its start has not applied yet is among the checkpoint's values. Within a name or a value its quotes are escaped. */
const HOLDS_INPUT = String.raw`refs like '%"\_\_start\_\_":%' escape '\'`;

export async function readHead(sql: Sql, threadId: string, ns: string): Promise<string | null> {
  const [row] = await sql.all<{ checkpoint_id: string }>('select checkpoint_id from checkpoint_head where thread_id = ? and ns = ?', [
    threadId,
    ns,
  ]);
  return row?.checkpoint_id ?? null;
}

export async function checkpointExists(sql: Sql, threadId: string, ns: string, id: string): Promise<boolean> {
  return (await sql.all('select 1 from checkpoint where thread_id = ? and ns = ? and checkpoint_id = ?', [threadId, ns, id])).length > 0;
}

/** Does the run own a checkpoint of the root namespace that isn't an update of the state? */
export async function graphHasPut(sql: Sql, threadId: string, runId: string): Promise<boolean> {
  const isUpdate = sql.dialect.contains('metadata', UPDATE);
  const rows = await sql.all(`select 1 from checkpoint where run_id = ? and thread_id = ? and ns = '' and not (${isUpdate.text}) limit 1`, [
    runId,
    threadId,
    ...isUpdate.params,
  ]);
  return rows.length > 0;
}
