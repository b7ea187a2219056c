import { z } from 'zod';
import { type ExtractPath, parseExtractPath } from '../json/extract.ts';
import { absent, anyJson, jsonObject, pageFields, text, uuid } from './common.ts';
import { threadObject } from './objects.ts';

const PRUNE_STRATEGIES = ['delete', 'keep_latest'] as const;
const strategy = absent(z.enum(PRUNE_STRATEGIES)).transform((given) => given ?? 'delete');
const THREAD_STATUSES = ['idle', 'busy', 'interrupted', 'error'] as const;
const THREAD_FIELDS = ['context', ...Object.keys(threadObject.shape)] as const;
/** Threads that one request may name. */
const MAX_IDS = 1_000;
const MAX_EXTRACTS = 10;

export const ttl = z
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

export const threadPatch = z.object({ metadata: absent(jsonObject), ttl: absent(ttl) }).meta({ id: 'ThreadPatch' });

const filterFields = { metadata: absent(jsonObject), values: absent(jsonObject), status: absent(z.enum(THREAD_STATUSES)) };

const extractPath = text().transform((path, context): ExtractPath => {
  const parsed = parseExtractPath(path);
  if (parsed !== null) return parsed;
  context.addIssue({
    code: 'custom',
    message: 'must be a path that starts with values, metadata, config or interrupts, such as values.messages[-1]',
  });
  return z.NEVER;
});

export const threadSearch = z
  .object({
    ids: absent(z.array(uuid).max(MAX_IDS)),
    ...filterFields,
    ...pageFields,
    sort_by: absent(z.enum(['thread_id', 'status', 'created_at', 'updated_at', 'state_updated_at'])).transform((by) => by ?? 'updated_at'),
    sort_order: absent(z.enum(['asc', 'desc'])).transform((order) => order ?? 'desc'),
    select: absent(z.array(z.enum(THREAD_FIELDS))),
    extract: absent(
      z
        .record(text(), extractPath)
        .refine((paths) => Object.keys(paths).length <= MAX_EXTRACTS, `must have at most ${MAX_EXTRACTS} members`),
    ),
  })
  .meta({ id: 'ThreadSearchRequest' });

export const threadCount = z.object(filterFields).meta({ id: 'ThreadCountRequest' });

export const threadPrune = z.object({ thread_ids: z.array(uuid).max(MAX_IDS), strategy }).meta({ id: 'ThreadPruneRequest' });
