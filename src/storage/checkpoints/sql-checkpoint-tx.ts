import { type ExpressionBuilder, type SqlBool, sql } from 'kysely';
import type { RunId, ThreadId } from '../../domain/ids.ts';
import type { Brought, CheckpointTx, StateBuffer } from '../../orchestrator/ports/checkpoints.ts';
import type { Tables } from '../entities.ts';
import { isUnfinished } from '../runs/run-conditions.ts';
import { chunked, type Dialect, inChunks, type Sql } from '../sql.ts';
import { byShape, db, type Params, statement } from '../statement.ts';
import type { CheckpointMemory } from './memory/checkpoint-memory.ts';
import { SqlStateBuffer } from './records/buffer.ts';
import { type OfThread, raiseStateVersion, readStateVersion, threadIdOf } from './records/state-version.ts';
import type { StoredCheckpoint } from './records/stored-checkpoint.ts';
import { keepLatest } from './retention/prune.ts';
import { copyCheckpoints, sweepBlobs } from './retention/sweep.ts';

type OwnCheckpoint = {
  readonly ns: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly seq: number;
};
type OfRun = OfThread & { readonly runId: RunId };
type OfNs = OfThread & { readonly ns: string };
type OfCheckpoint = OfNs & { readonly id: string };
type OfCheckpoints = OfNs & { readonly ids: readonly string[] };

type Checkpoints = ExpressionBuilder<Tables, 'checkpoint'>;

const isUpdate = (dialect: Dialect) => (eb: Checkpoints) =>
  dialect.jsonContains(eb.ref('metadata'), JSON.stringify({ source: 'update' }));
/**
 * LangGraph's channel of an input that its start has not applied yet is among the checkpoint's values. Within
 * a name or a value its quotes are escaped.
 */
const holdsInput = (eb: Checkpoints) =>
  sql<SqlBool>`${eb.ref('refs')} like '%"\\_\\_start\\_\\_":%' escape '\\'`;

const rootsOf = (p: Params<OfRun>) =>
  db
    .selectFrom('checkpoint')
    .select('checkpoint_id')
    .where('run_id', '=', p('runId'))
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', '')
    .limit(1);

const updates = statement((p: Params<OfRun>, dialect) => rootsOf(p).where(isUpdate(dialect)));
const ofGraph = statement((p: Params<OfRun>, dialect) =>
  rootsOf(p).where((eb) => eb.not(isUpdate(dialect)(eb))),
);
const withInputApplied = statement((p: Params<OfRun>, dialect) =>
  rootsOf(p)
    .where((eb) => eb.not(isUpdate(dialect)(eb)))
    .where((eb) => eb.not(holdsInput(eb))),
);
const inputHolder = statement((p: Params<OfThread & { id: string }>) =>
  db
    .selectFrom('checkpoint')
    .select('run_id')
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', '')
    .where('checkpoint_id', '=', p('id'))
    .where(holdsInput),
);
const ownCheckpoints = statement((p: Params<OfRun>) =>
  db
    .selectFrom('checkpoint')
    .select(['ns', 'checkpoint_id', 'parent_id', 'seq'])
    .where('run_id', '=', p('runId'))
    .where('thread_id', '=', threadIdOf(p)),
);
const removeWritesOfRun = statement((p: Params<OfRun>) =>
  db
    .deleteFrom('checkpoint_write')
    .where('run_id', '=', p('runId'))
    .where('run_id', '<>', '') // for the index checkpoint_write_run
    .where('thread_id', '=', threadIdOf(p)),
);
const disown = statement((p: Params<OfRun>) =>
  db
    .updateTable('checkpoint')
    .set({ run_id: null })
    .where('run_id', '=', p('runId'))
    .where('thread_id', '=', threadIdOf(p)),
);

/** Checkpoints of the root that unfinished runs refer to. */
const neededBy = (p: Params<OfThread>, column: 'base_checkpoint_id' | 'head_before') =>
  db
    .selectFrom('run')
    .select(({ ref, val }) => [val('').as('ns'), ref(column).$notNull().as('id')])
    .where('thread_id', '=', threadIdOf(p))
    .where(column, 'is not', null)
    .where(isUnfinished);
const neededCheckpoints = statement((p: Params<OfThread>) =>
  db
    .selectFrom('checkpoint_head')
    .select(['ns', 'checkpoint_id as id'])
    .where('thread_id', '=', threadIdOf(p))
    .unionAll(neededBy(p, 'base_checkpoint_id'))
    .unionAll(neededBy(p, 'head_before')),
);
const parents = byShape((size: number) =>
  statement((p: Params<OfThread & { ids: readonly string[] }>) =>
    db
      .selectFrom('checkpoint')
      .select(({ ref }) => ['ns', ref('parent_id').$notNull().as('id')])
      .where('thread_id', '=', threadIdOf(p))
      .where('parent_id', 'in', p.list('ids', size)),
  ),
);
const removals = (['checkpoint_write', 'checkpoint'] as const).map((table) =>
  byShape((size: number) =>
    statement((p: Params<OfCheckpoints>) =>
      db
        .deleteFrom(table)
        .where('thread_id', '=', threadIdOf(p))
        .where('ns', '=', p('ns'))
        .where('checkpoint_id', 'in', p.list('ids', size)),
    ),
  ),
);

const newestOfNs = statement((p: Params<OfNs>) =>
  db
    .selectFrom('checkpoint')
    .select('checkpoint_id')
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', p('ns'))
    .orderBy('seq', 'desc')
    .limit(1),
);
const removeHead = statement((p: Params<OfNs>) =>
  db.deleteFrom('checkpoint_head').where('thread_id', '=', threadIdOf(p)).where('ns', '=', p('ns')),
);
const moveHead = statement((p: Params<OfCheckpoint>) =>
  db
    .updateTable('checkpoint_head')
    .set({ checkpoint_id: p('id') })
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', p('ns')),
);
const head = statement((p: Params<OfNs>) =>
  db
    .selectFrom('checkpoint_head')
    .select('checkpoint_id')
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', p('ns')),
);
const existing = statement((p: Params<OfCheckpoint>) =>
  db
    .selectFrom('checkpoint')
    .select('checkpoint_id')
    .where('thread_id', '=', threadIdOf(p))
    .where('ns', '=', p('ns'))
    .where('checkpoint_id', '=', p('id')),
);

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
    if ((await withInputApplied.all(this.#sql, { threadId, runId })).length > 0)
      return { input: true, ahead: true };
    return { input: false, ahead: (await updates.all(this.#sql, { threadId, runId })).length > 0 };
  }

  async inputHeldBy(threadId: ThreadId, checkpointId: string): Promise<RunId | null> {
    const [row] = await inputHolder.all(this.#sql, { threadId, id: checkpointId });
    return row?.run_id ?? null;
  }

  async commit(buffer: StateBuffer): Promise<boolean> {
    if (!(buffer instanceof SqlStateBuffer))
      throw new TypeError('The state buffer belongs to another checkpoint store');
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
    await removeWritesOfRun.run(this.#sql, { threadId, runId });
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
    await disown.run(this.#sql, { threadId, runId });
    if (removed.length > 0) await sweepBlobs(this.#sql, threadId, 0);
  }

  /**
   * The buffer's heads count once it is known that this transaction has committed; until then memory holds
   * none of the thread.
   */
  #propose(threadId: ThreadId, before: number, version: number, { puts }: SqlStateBuffer): void {
    const remembered = this.#memory.of(threadId);
    const [proof] = puts.heads;
    const known =
      remembered?.version === before ? remembered.heads : new Map<string, StoredCheckpoint | null>();
    this.#memory.supersede(
      threadId,
      version,
      proof === undefined ? null : { heads: puts.over(known), proof },
    );
  }

  async #ownCheckpoints(threadId: ThreadId, runId: RunId): Promise<OwnCheckpoint[]> {
    const rows = await ownCheckpoints.all(this.#sql, { threadId, runId });
    return rows.map((row) => ({
      ns: row.ns,
      id: row.checkpoint_id,
      parentId: row.parent_id,
      seq: Number(row.seq),
    }));
  }

  /**
   * How often each of the run's checkpoints is needed: as a head, as an unfinished run's base or what its
   * rollback restores, as a parent.
   */
  async #needed(threadId: ThreadId, checkpoints: readonly OwnCheckpoint[]): Promise<Map<string, number>> {
    const ids = checkpoints.map(({ id }) => id);
    const rows = [
      ...(await neededCheckpoints.all(this.#sql, { threadId })),
      ...(await inChunks(ids, (chunk) => parents(chunk.length).all(this.#sql, { threadId, ids: chunk }))),
    ];
    const counts = new Map<string, number>();
    for (const { ns, id } of rows) counts.set(keyOf(ns, id), (counts.get(keyOf(ns, id)) ?? 0) + 1);
    return counts;
  }

  async #remove(threadId: ThreadId, checkpoints: readonly OwnCheckpoint[]): Promise<void> {
    for (const [ns, group] of Map.groupBy(checkpoints, (checkpoint) => checkpoint.ns)) {
      for (const ids of chunked(group.map(({ id }) => id)))
        for (const removal of removals) await removal(ids.length).run(this.#sql, { threadId, ns, ids });
    }
  }

  async #fallBack(threadId: ThreadId, ns: string): Promise<void> {
    const [row] = await newestOfNs.all(this.#sql, { threadId, ns });
    if (row === undefined) await removeHead.run(this.#sql, { threadId, ns });
    else await moveHead.run(this.#sql, { threadId, ns, id: row.checkpoint_id });
  }
}

const keyOf = (ns: string, id: string): string => JSON.stringify([ns, id]);

export async function readHead(sql: Sql, threadId: string, ns: string): Promise<string | null> {
  const [row] = await head.all(sql, { threadId, ns });
  return row?.checkpoint_id ?? null;
}

export async function checkpointExists(sql: Sql, threadId: string, ns: string, id: string): Promise<boolean> {
  return (await existing.all(sql, { threadId, ns, id })).length > 0;
}

/** Does the run own a checkpoint of the root namespace that isn't an update of the state? */
export async function graphHasPut(sql: Sql, threadId: string, runId: RunId): Promise<boolean> {
  return (await ofGraph.all(sql, { threadId, runId })).length > 0;
}
