import { z } from 'zod';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { RunCommand, ThreadStatus } from '../../domain/run.ts';
import { expiryOf, type Thread, type ThreadTtl, type TtlStrategy } from '../../domain/thread.ts';
import type { StateValuesJson, Superstep } from '../../orchestrator/ports/graph-host.ts';
import { withDamage } from '../damaged-json.ts';
import {
  absent,
  anyJson,
  jsonObject,
  pageFields,
  type ThreadObject,
  text,
  threadObject,
  uuid,
} from '../schema.ts';

/** Members of a thread that `extract` may look into (protocol.md §2.1). */
export const EXTRACT_ROOTS = ['values', 'metadata', 'config', 'interrupts'] as const;
export type ExtractRoot = (typeof EXTRACT_ROOTS)[number];
/**
 * A way into a thread: names of members, and places in lists, which count from the end where they are
 * negative.
 */
export type ExtractPath = { readonly root: ExtractRoot; readonly steps: readonly (string | number)[] };

/** Reads a path such as `values.messages[-1].content`; null when it is none. */
function parseExtractPath(path: string): ExtractPath | null {
  const [, root, rest = ''] = /^(\w+)((?:\.[^.[\]]+|\[-?\d+\])*)$/.exec(path) ?? [];
  if (root === undefined || !isRoot(root)) return null;
  const steps = [...rest.matchAll(/\.([^.[\]]+)|\[(-?\d+)\]/g)].map(([, name, place]) =>
    place === undefined ? (name ?? '') : Number(place),
  );
  return { root, steps };
}

/** What is at the end of the way; null where it leads nowhere. */
export function extracted(members: Readonly<Record<ExtractRoot, Json>>, { root, steps }: ExtractPath): Json {
  let found: Json | undefined = members[root];
  for (const step of steps) {
    if (typeof step === 'number')
      found = Array.isArray(found) ? (found.at(step) as Json | undefined) : undefined;
    else found = isJsonObject(found) && Object.hasOwn(found, step) ? found[step] : undefined;
  }
  return found ?? null;
}

const isRoot = (name: string): name is ExtractRoot => (EXTRACT_ROOTS as readonly string[]).includes(name);

const PRUNE_STRATEGIES = ['delete', 'keep_latest'] as const;
const strategy = absent(z.enum(PRUNE_STRATEGIES)).transform((given) => given ?? 'delete');
const THREAD_STATUSES = ['idle', 'busy', 'interrupted', 'error'] as const;
const THREAD_FIELDS = ['context', ...Object.keys(threadObject.shape)] as const;
/** Threads that one request may name. */
const MAX_IDS = 1_000;
const MAX_EXTRACTS = 10;

const ttl = z
  .union([
    z
      .number()
      .positive()
      .transform((minutes) => ({ strategy: 'delete' as const, ttl: minutes })),
    z.object({ strategy, ttl: z.number().positive().meta({ description: 'Minutes.' }) }),
  ])
  .meta({ id: 'ThreadTTL' });
export type TtlBody = z.output<typeof ttl>;

const superstep = z.object({
  updates: z
    .array(
      z.object({
        values: anyJson.optional(),
        command: absent(z.object({ update: anyJson.optional(), goto: anyJson.optional() })),
        as_node: absent(text()),
      }),
    )
    .min(1),
});
export type SuperstepBody = z.output<typeof superstep>;

export const threadCreate = z
  .object({
    thread_id: absent(uuid),
    metadata: absent(jsonObject),
    if_exists: absent(z.enum(['raise', 'do_nothing'])).transform((what) => what ?? 'raise'),
    ttl: absent(ttl),
    supersteps: absent(z.array(superstep)),
  })
  .meta({ id: 'ThreadCreate' });

export const threadPatch = z
  .object({ metadata: absent(jsonObject), ttl: absent(ttl) })
  .meta({ id: 'ThreadPatch' });

const filterFields = {
  metadata: absent(jsonObject),
  values: absent(jsonObject),
  status: absent(z.enum(THREAD_STATUSES)),
};

const extractPath = text().transform((path, context): ExtractPath => {
  const parsed = parseExtractPath(path);
  if (parsed !== null) return parsed;
  context.addIssue({
    code: 'custom',
    message:
      'must be a path that begins with values, metadata, config or interrupts, such as values.messages[-1]',
  });
  return z.NEVER;
});

export const threadSearch = z
  .object({
    ids: absent(z.array(uuid).max(MAX_IDS)),
    ...filterFields,
    ...pageFields,
    sort_by: absent(
      z.enum(['thread_id', 'status', 'created_at', 'updated_at', 'state_updated_at']),
    ).transform((by) => by ?? 'updated_at'),
    sort_order: absent(z.enum(['asc', 'desc'])).transform((order) => order ?? 'desc'),
    select: absent(z.array(z.enum(THREAD_FIELDS))),
    extract: absent(
      z
        .record(text(), extractPath)
        .refine(
          (paths) => Object.keys(paths).length <= MAX_EXTRACTS,
          `must have at most ${MAX_EXTRACTS} members`,
        ),
    ),
  })
  .meta({ id: 'ThreadSearchRequest' });

export const threadCount = z.object(filterFields).meta({ id: 'ThreadCountRequest' });

export const threadPrune = z
  .object({ thread_ids: z.array(uuid).max(MAX_IDS), strategy })
  .meta({ id: 'ThreadPruneRequest' });

/** Only the members that `select` names; all of them without it. */
export const picked = <T extends object>(object: T, select: readonly string[] | undefined): Partial<T> =>
  select === undefined
    ? object
    : (Object.fromEntries(Object.entries(object).filter(([key]) => select.includes(key))) as Partial<T>);

const STATUSES = {
  IDLE: 'idle',
  BUSY: 'busy',
  INTERRUPTED: 'interrupted',
  ERROR: 'error',
} as const satisfies Record<ThreadStatus, ThreadObject['status']>;

/** What a thread's JSON shows beyond its row. */
export type ThreadView = {
  /** The newest state; null before the first checkpoint, and where it can't be read. */
  readonly state: StateValuesJson | null;
  /** Why the state isn't whole, else what the last run failed with, where the thread's status is ERROR. */
  readonly error: { readonly error: string; readonly message: string } | null;
};

/** A thread as the protocol has it (protocol.md §1.2). */
export const threadJson = withDamage(
  (thread: Thread, { state, error }: ThreadView): ThreadObject => ({
    thread_id: thread.id,
    created_at: thread.createdAt.toISOString(),
    updated_at: thread.updatedAt.toISOString(),
    state_updated_at: thread.stateUpdatedAt.toISOString(),
    metadata: thread.metadata,
    status: STATUSES[thread.status],
    config: {},
    values: state?.values ?? null,
    interrupts: interruptsOf(state),
    error,
  }),
);

/** By task. */
const interruptsOf = (state: StateValuesJson | null): ThreadObject['interrupts'] =>
  Object.fromEntries(
    Object.entries(state?.interrupts ?? {}).map(([id, interrupts]) => [
      id,
      interrupts.map(({ id, value }) => ({ id, value })),
    ]),
  );

/** What ?include=ttl adds. A thread whose states were cut down already shows when that was due. */
export const ttlJson = ({ ttl, expiresAt, stateUpdatedAt }: Thread): Pick<ThreadObject, 'ttl'> =>
  ttl === null
    ? {}
    : {
        ttl: {
          strategy: TTL_STRATEGIES[ttl.strategy],
          ttl_minutes: ttl.minutes,
          expires_at: (expiresAt ?? expiryOf(ttl, stateUpdatedAt) ?? stateUpdatedAt).toISOString(),
        },
      };

const TTL_STRATEGIES = { DELETE: 'delete', KEEP_LATEST: 'keep_latest' } as const satisfies Record<
  TtlStrategy,
  TtlBody['strategy']
>;
export const toTtlStrategy = (strategy: TtlBody['strategy']): TtlStrategy =>
  strategy.toUpperCase() as TtlStrategy;
export const toTtl = ({ strategy, ttl }: TtlBody): ThreadTtl => ({
  strategy: toTtlStrategy(strategy),
  minutes: ttl,
});

export const toSuperstep = ({ updates }: SuperstepBody): Superstep => ({
  updates: updates.map(({ values, command, as_node }) => ({
    values: values ?? null,
    command: command === undefined ? null : (command as RunCommand),
    asNode: as_node ?? null,
  })),
});

export const toThreadStatus = (status: ThreadObject['status']): ThreadStatus =>
  status.toUpperCase() as ThreadStatus;
