import type { Cron } from '../../domain/cron.ts';
import { AssistantRef } from '../assistant/assistant-type.ts';
import { builder } from '../builder.ts';
import { cronOptionFields } from '../run/run-arguments.ts';
import { MultitaskStrategyEnum, RunRef } from '../run/run-enums.ts';
import { ThreadRef } from '../thread/thread-type.ts';

export const OnRunCompletedEnum = builder.enumType('OnRunCompleted', {
  description: 'What becomes of the thread that was made for a run of a cron.',
  values: {
    DELETE: { description: 'Nobody finds it once the run has ended, and it goes ten minutes later, with the run.' },
    KEEP: { description: 'It stays.' },
  },
});

export const CronRef = builder.objectRef<Cron>('Cron').implement({
  description: 'A run that is started again and again, at the times of a schedule.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'Its UUID; its runs have it as cron_id in their metadata.' }),
    assistantId: t.exposeID('assistantId', { description: 'What its runs execute.' }),
    assistant: t.field({
      type: AssistantRef,
      nullable: true,
      description: 'That assistant; null if its graph is not served now.',
      resolve: ({ owner, assistantId }, _args, { orchestrator }) => orchestrator.assistants.find(owner, assistantId),
    }),
    threadId: t.exposeID('threadId', { nullable: true, description: 'The thread on which it runs; null: a new one each time.' }),
    thread: t.field({
      type: ThreadRef,
      nullable: true,
      description: 'That thread; null: a new one each time.',
      resolve: ({ owner, threadId }, _args, { orchestrator }) => (threadId === null ? null : orchestrator.queries.thread(owner, threadId)),
    }),
    onRunCompleted: t.expose('onRunCompleted', {
      type: OnRunCompletedEnum,
      nullable: true,
      description: 'What becomes of the thread that was made for a run; null where it runs on one thread.',
    }),
    multitaskStrategy: t.expose('strategy', {
      type: MultitaskStrategyEnum,
      nullable: true,
      description: 'What its runs do to unfinished runs of their thread; null where there is a new thread each time.',
    }),
    schedule: t.exposeString('schedule', { description: 'Five cron fields: minute, hour, day of month, month, day of week.' }),
    timezone: t.exposeString('timezone', { nullable: true, description: 'The IANA time zone in which the schedule is meant; null: UTC.' }),
    endTime: t.expose('endTime', { type: 'DateTime', nullable: true, description: 'No run is scheduled after it; null: it has no end.' }),
    enabled: t.exposeBoolean('enabled', { description: 'False: it is paused.' }),
    nextRunAt: t.expose('nextAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When its next run is started; null: never, it is paused or at its end.',
    }),
    lastRunAt: t.expose('lastAt', {
      type: 'DateTime',
      nullable: true,
      description: 'The last of its times that was dealt with; null: there was none.',
    }),
    lastRun: t.field({
      type: RunRef,
      nullable: true,
      description: 'The run that was started then; null if none was, or it is gone.',
      resolve: ({ owner, lastRunId }, _args, { orchestrator }) => (lastRunId === null ? null : orchestrator.queries.run(owner, lastRunId)),
    }),
    lastError: t.exposeString('lastError', { nullable: true, description: 'Why no run was started then; null: one was.' }),
    input: t.field({ type: 'JSON', nullable: true, description: "Its runs' input.", resolve: ({ payload }) => payload.input }),
    config: t.field({ type: 'JSON', description: "Its runs' config.", resolve: ({ payload }) => payload.config }),
    context: t.field({
      type: 'JSON',
      nullable: true,
      description: "Its runs' runtime context.",
      resolve: ({ payload }) => payload.context,
    }),
    webhook: t.string({
      nullable: true,
      description: 'Where the ends of its runs are told; null: nowhere.',
      resolve: ({ payload }) => payload.webhook,
    }),
    ...cronOptionFields(t),
    metadata: t.expose('metadata', { type: 'JSON', description: "Its own, and its runs' (with cron_id)." }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was created.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed, by a caller.' }),
  }),
});
