export type StoredCheckpoint = {
  readonly ns: string;
  readonly id: string;
  readonly parentId: string | null;
  readonly runId: string | null;
  readonly seq: number;
  readonly checkpoint: { readonly id: string; readonly channel_values: Readonly<Record<string, unknown>> };
  readonly metadata: { readonly source?: string; readonly step?: number };
};
/** A pending write: what a task of the checkpoint's superstep has written. */
export type StoredWrite = {
  readonly ns: string;
  readonly checkpointId: string;
  readonly taskId: string;
  readonly index: number;
  readonly channel: string;
  readonly value: unknown;
  readonly runId: string | null;
};

/** All checkpoints of one thread. A value: what changes it returns another. */
export type ThreadCheckpoints = {
  readonly nextSeq: number;
  readonly checkpoints: readonly StoredCheckpoint[];
  readonly writes: readonly StoredWrite[];
  /** By namespace. */
  readonly heads: ReadonlyMap<string, string>;
};

export const NO_CHECKPOINTS: ThreadCheckpoints = {
  nextSeq: 1,
  checkpoints: [],
  writes: [],
  heads: new Map(),
};

export const headOf = (state: ThreadCheckpoints, ns = ''): string | null => state.heads.get(ns) ?? null;

export const findCheckpoint = (
  state: ThreadCheckpoints,
  ns: string,
  id: string | null,
): StoredCheckpoint | null => {
  const wanted = id ?? headOf(state, ns);
  return wanted === null
    ? null
    : (state.checkpoints.find((one) => one.ns === ns && one.id === wanted) ?? null);
};

/** Does the run own a checkpoint of the root namespace that its graph made? */
export const graphHasPut = (state: ThreadCheckpoints, runId: string): boolean =>
  state.checkpoints.some((one) => one.runId === runId && one.ns === '' && one.metadata.source !== 'update');

/** The pending writes of a checkpoint, each place's newest: of its task, at its index. */
export function writesOf(state: ThreadCheckpoints, ns: string, checkpointId: string): StoredWrite[] {
  const places = new Map<string, StoredWrite>();
  for (const write of state.writes)
    if (write.ns === ns && write.checkpointId === checkpointId)
      places.set(`${write.taskId}/${write.index}`, write);
  return [...places.values()].sort((a, b) =>
    a.taskId < b.taskId ? -1 : a.taskId > b.taskId ? 1 : a.index - b.index,
  );
}

export function withCheckpoint(
  state: ThreadCheckpoints,
  put: Omit<StoredCheckpoint, 'seq'>,
): ThreadCheckpoints {
  const others = state.checkpoints.filter((one) => !(one.ns === put.ns && one.id === put.id));
  return {
    ...state,
    nextSeq: state.nextSeq + 1,
    checkpoints: [...others, { ...put, seq: state.nextSeq }],
    heads: new Map(state.heads).set(put.ns, put.id),
  };
}

/** A write to a place stands within its run, but for those that LangGraph replaces (negative index). */
export function withWrites(state: ThreadCheckpoints, added: readonly StoredWrite[]): ThreadCheckpoints {
  let writes = state.writes;
  for (const write of added) {
    const isSame = (one: StoredWrite) =>
      one.ns === write.ns &&
      one.checkpointId === write.checkpointId &&
      one.taskId === write.taskId &&
      one.index === write.index &&
      one.runId === write.runId;
    if (write.index >= 0 && writes.some(isSame)) continue;
    writes = [...writes.filter((one) => !isSame(one)), write];
  }
  return { ...state, writes };
}

/** Without what the run wrote; heads fall back to the newest that remains. */
export function rolledBack(state: ThreadCheckpoints, runId: string): ThreadCheckpoints {
  const own = state.checkpoints.filter((one) => one.runId === runId);
  const checkpoints = state.checkpoints.filter((one) => one.runId !== runId);
  const heads = new Map(state.heads);
  for (const ns of new Set(own.map((one) => one.ns))) {
    const newest = checkpoints
      .filter((one) => one.ns === ns)
      .reduce<StoredCheckpoint | null>((a, b) => (a !== null && a.seq > b.seq ? a : b), null);
    if (newest === null) heads.delete(ns);
    else heads.set(ns, newest.id);
  }
  return {
    ...state,
    checkpoints,
    heads,
    writes: without(state, own).filter((write) => write.runId !== runId),
  };
}

/**
 * Without those of the run's checkpoints that nothing needs: no head, no parent of another, none of `needed`.
 */
export function released(
  state: ThreadCheckpoints,
  runId: string,
  needed: ReadonlySet<string>,
): ThreadCheckpoints {
  let left = state.checkpoints;
  const removed: StoredCheckpoint[] = [];
  for (const one of state.checkpoints
    .filter((checkpoint) => checkpoint.runId === runId)
    .sort((a, b) => b.seq - a.seq)) {
    const isParent = left.some((other) => other.ns === one.ns && other.parentId === one.id);
    if (isParent || state.heads.get(one.ns) === one.id || (one.ns === '' && needed.has(one.id))) continue;
    removed.push(one);
    left = left.filter((other) => other !== one);
  }
  const checkpoints = left.map((one) => (one.runId === runId ? { ...one, runId: null } : one));
  return { ...state, checkpoints, writes: without(state, removed) };
}

/** Of each namespace the newest alone, without its parent. */
export function headsOnly(state: ThreadCheckpoints): ThreadCheckpoints {
  const isHead = (one: StoredCheckpoint): boolean => state.heads.get(one.ns) === one.id;
  const gone = state.checkpoints.filter((one) => !isHead(one));
  return {
    ...state,
    checkpoints: state.checkpoints.filter(isHead).map((one) => ({ ...one, parentId: null })),
    writes: without(state, gone),
  };
}

const without = (state: ThreadCheckpoints, gone: readonly StoredCheckpoint[]): StoredWrite[] =>
  state.writes.filter((write) => !gone.some((one) => one.ns === write.ns && one.id === write.checkpointId));
