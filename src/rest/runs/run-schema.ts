import { z } from 'zod';
import type { JsonObject } from '../../domain/json.ts';
import type { RequestedRunOptions, RunOptions } from '../../domain/run-options.ts';
import type { RunContent } from '../../orchestrator/requests.ts';
import { absent, anyJson, checkpointRef, jsonObject, MAX_PAGE, text, uuid } from '../schema.ts';

export const STREAM_MODES = [
  'values',
  'messages',
  'messages-tuple',
  'updates',
  'events',
  'tasks',
  'checkpoints',
  'debug',
  'custom',
  'tools',
  'lifecycle',
] as const;
export type RestStreamMode = (typeof STREAM_MODES)[number];

const streamMode = z.enum(STREAM_MODES, `must be one of ${STREAM_MODES.join(', ')}`);
const nodes = z.union(
  [z.literal('*').transform((all) => [all as string]), z.array(text())],
  'must be "*" or a list of node names',
);
const command = z
  .object({ resume: anyJson.optional(), update: anyJson.optional(), goto: anyJson.optional() })
  .meta({ id: 'Command', description: 'A command to resume, update or jump.' });

/**
 * What every run is asked for with, whether at once, without a thread or by a cron. Unknown members are
 * ignored.
 */
export const runContent = {
  input: anyJson
    .optional()
    .meta({ description: "The graph's input. Null without a command: continue from the checkpoint." }),
  metadata: absent(jsonObject),
  config: absent(jsonObject),
  context: absent(anyJson),
  webhook: absent(text(65_536).min(1)),
  interrupt_before: absent(nodes),
  interrupt_after: absent(nodes),
  stream_mode: absent(z.union([streamMode.transform((mode) => [mode]), z.array(streamMode)])),
  stream_subgraphs: absent(z.boolean()),
  stream_resumable: absent(z.boolean()),
  durability: absent(z.enum(['sync', 'async', 'exit'])),
  checkpoint_during: absent(z.boolean()),
};
type RunContentBody = z.output<z.ZodObject<typeof runContent>>;

export const assistantId = text()
  .min(1)
  .meta({ description: "An assistant's id, or a graph's name for its default assistant." });

const runFields = {
  assistant_id: assistantId,
  command: absent(command),
  ...runContent,
  on_disconnect: absent(z.enum(['cancel', 'continue'])),
  after_seconds: absent(z.number().min(0)),
};

/** Body of POST /threads/{thread_id}/runs, …/runs/stream and …/runs/wait. */
export const statefulRun = z
  .object({
    ...runFields,
    checkpoint: absent(checkpointRef),
    checkpoint_id: absent(text()),
    multitask_strategy: absent(z.enum(['reject', 'enqueue', 'interrupt', 'rollback'])).transform(
      (strategy) => strategy ?? 'enqueue',
    ),
    if_not_exists: absent(z.enum(['create', 'reject'])).transform((what) => what ?? 'reject'),
  })
  .meta({ id: 'RunCreateStateful' });

/**
 * Body of POST /runs, /runs/stream and /runs/wait. Other words than `keep` mean the default, as one client
 * has words of its own for them.
 */
export const statelessRun = z
  .object({
    ...runFields,
    on_completion: absent(text()).transform((what) => (what === 'keep' ? 'keep' : 'delete')),
  })
  .meta({ id: 'RunCreateStateless' });

/**
 * One client sends the members of a batch's runs under its own names: streamMode for stream_mode (protocol.md
 * §2.5).
 */
const anySpelling = z.preprocess((run) => {
  if (typeof run !== 'object' || run === null) return run;
  const spelled = Object.entries(run).map(([name, value]) => [
    name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    value,
  ]);
  return { ...Object.fromEntries(spelled), ...run };
}, statelessRun);

/** Body of POST /runs/batch. */
export const statelessBatch = z
  .array(anySpelling)
  .min(1, 'must contain at least one run')
  .max(MAX_PAGE)
  .meta({ id: 'RunBatchCreate' });

/**
 * As the orchestrator takes it; without what each of the three treats in its own way: input, config and
 * request.
 */
export const toRunContent = (
  body: RunContentBody,
): Omit<RunContent, 'input' | 'config' | 'request'> & { readonly webhook: string | undefined } => ({
  context: body.context,
  metadata: body.metadata,
  webhook: body.webhook,
  unknownBreakpoints: 'IGNORE',
  ...toRunOptions(body),
});

const toRunOptions = (body: RunContentBody): RequestedRunOptions => ({
  interruptBefore: body.interrupt_before,
  interruptAfter: body.interrupt_after,
  recordEvents: body.stream_mode?.some((mode) => mode === 'events' || mode === 'tools'),
});

/** What answers show of them. */
export const runOptionsJson = ({ interruptBefore, interruptAfter }: RunOptions): JsonObject => ({
  interrupt_before: interruptBefore,
  interrupt_after: interruptAfter,
});

export type StatefulRunBody = z.output<typeof statefulRun>;
export type StatelessRunBody = z.output<typeof statelessRun>;

/** Body of POST /runs/cancel: either of the two. */
export const cancelRuns = z
  .object({
    thread_id: absent(uuid),
    run_ids: absent(z.array(uuid)),
    status: absent(z.enum(['pending', 'running', 'all'])),
  })
  .refine(
    ({ thread_id, run_ids, status }) =>
      status === undefined ? thread_id !== undefined && run_ids !== undefined : run_ids === undefined,
    'either thread_id with run_ids, or status is required',
  )
  .meta({ id: 'RunsCancel' });
