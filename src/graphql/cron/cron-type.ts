import type { Cron } from '../../domain/cron.ts';
import { AssistantRef } from '../assistant/assistant-type.ts';
import { builder } from '../builder.ts';
import { cronOptionFields } from '../run/run-arguments.ts';
import { MultitaskStrategyEnum, RunRef } from '../run/run-enums.ts';
import { ThreadRef } from '../thread/thread-type.ts';

export const OnRunCompletedEnum = builder.enumType('OnRunCompleted', {
  description: 'The treatment of a thread created for a run of a cron.',
  values: {
    DELETE: { description: 'The thread is hidden when the run ends and deleted with it ten minutes later.' },
    KEEP: { description: 'The thread is kept.' },
  },
});

export const CronRef = builder.objectRef<Cron>('Cron').implement({
  description: 'A schedule on which runs are started.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its UUID, which is cron_id in the metadata of its runs.' }),
    assistantId: t.exposeID('assistantId', { description: 'The assistant that its runs execute.' }),
    assistant: t.field({
      type: AssistantRef,
      nullable: true,
      description: 'The assistant. Null: its graph is not served now.',
      resolve: ({ owner, assistantId }, _args, { orchestrator }) =>
        orchestrator.assistants.find(owner, assistantId),
    }),
    threadId: t.exposeID('threadId', {
      nullable: true,
      description: 'The thread of its runs. Null: a new thread for each run.',
    }),
    thread: t.field({
      type: ThreadRef,
      nullable: true,
      description: 'The thread. Null: a new thread for each run.',
      resolve: ({ owner, threadId }, _args, { orchestrator }) =>
        threadId === null ? null : orchestrator.queries.thread(owner, threadId),
    }),
    onRunCompleted: t.expose('onRunCompleted', {
      type: OnRunCompletedEnum,
      nullable: true,
      description: 'The treatment of threads created for runs. Null: all runs share one thread.',
    }),
    multitaskStrategy: t.expose('strategy', {
      type: MultitaskStrategyEnum,
      nullable: true,
      description: 'How each run treats unfinished runs of the thread. Null: each run has a new thread.',
    }),
    schedule: t.exposeString('schedule', {
      description: 'Five cron fields: minute, hour, day of month, month, day of week.',
    }),
    timezone: t.exposeString('timezone', {
      nullable: true,
      description: 'The IANA time zone of the schedule. Null: UTC.',
    }),
    endTime: t.expose('endTime', {
      type: 'DateTime',
      nullable: true,
      description: 'No run is scheduled after this time. Null: no end.',
    }),
    enabled: t.exposeBoolean('enabled', { description: 'False: paused.' }),
    nextRunAt: t.expose('nextAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its next run starts. Null: never; the cron is paused or has ended.',
    }),
    lastRunAt: t.expose('lastAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The last scheduled time that was processed. Null: none yet.',
    }),
    lastRun: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run started at lastRunAt. Null: none was started, or it was deleted.',
      resolve: ({ owner, lastRunId }, _args, { orchestrator }) =>
        lastRunId === null ? null : orchestrator.queries.run(owner, lastRunId),
    }),
    lastError: t.exposeString('lastError', {
      nullable: true,
      description: 'Why no run was started at lastRunAt. Null: one was started, or the cron has not run yet.',
    }),
  }),
});

/** What its runs are created with. */
builder.objectFields(CronRef, (t) => ({
  input: t.field({
    type: 'JSON',
    nullable: true,
    description: "Its runs' input.",
    resolve: ({ payload }) => payload.input,
  }),
  config: t.field({
    type: 'JSON',
    description: "Its runs' config.",
    resolve: ({ payload }) => payload.config,
  }),
  context: t.field({
    type: 'JSON',
    nullable: true,
    description: "Its runs' runtime context.",
    resolve: ({ payload }) => payload.context,
  }),
  webhook: t.string({
    nullable: true,
    description: 'The URL that is notified when a run ends. Null: none.',
    resolve: ({ payload }) => payload.webhook,
  }),
  ...cronOptionFields(t),
  metadata: t.expose('metadata', {
    type: 'JSON',
    description: 'The metadata of the cron and, with cron_id added, of its runs.',
  }),
  createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
  updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When a caller last updated it.' }),
}));
