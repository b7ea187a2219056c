import { builder } from '../builder.ts';
import { DeletedType } from '../deleted-type.ts';
import { accepted } from '../error/accepted.ts';
import { NotFoundError, ValidationError } from '../error/request-errors.ts';
import { MultitaskStrategyEnum, StreamModeEnum } from '../run/run-enums.ts';
import { CronRef, OnRunCompletedEnum } from './cron-type.ts';

const INPUT = "The graph's input, each time.";
const CONFIG = "LangGraph's config: { configurable, tags, recursion_limit }. Over the assistant's.";
const CONTEXT = "The graph's runtime context, as its context schema has it.";
const BEFORE = 'Pause before these nodes; ["*"]: before every node.';
const AFTER = 'Pause after these nodes; ["*"]: after every node.';
const MODES = 'Record EVENTS too; all other modes are always there.';
const ZONE = 'The IANA time zone in which the schedule is meant, such as Europe/Berlin; null: UTC.';
const ON_COMPLETED = 'What becomes of the thread that was made for a run. Not with a threadId; else DELETE unless given.';
const STRATEGY = "What a run does to the thread's unfinished runs. Only with a threadId; then ENQUEUE unless given.";

builder.mutationField('createCron', (t) =>
  t.field({
    type: CronRef,
    description: 'Has runs started at the times of a schedule. What a run would be refused for is refused here, as far as it can be known.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'CreateCronResult', description: 'The cron that was stored, or why none was.' },
    },
    args: {
      assistantId: t.arg.id({ required: true, description: "An assistant's id, or a graph's name for its default assistant." }),
      threadId: t.arg.id({ description: 'The thread to run on; null: a new one each time.' }),
      schedule: t.arg.string({ required: true, description: 'Five cron fields: minute, hour, day of month, month, day of week.' }),
      timezone: t.arg.string({ description: ZONE }),
      endTime: t.arg({ type: 'DateTime', description: 'No run is scheduled after it; null: it has no end.' }),
      enabled: t.arg.boolean({ required: true, defaultValue: true, description: 'False: it is paused.' }),
      input: t.arg({ type: 'JSON', description: INPUT }),
      config: t.arg({ type: 'JSON', description: CONFIG }),
      context: t.arg({ type: 'JSON', description: CONTEXT }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to the cron and to its runs.' }),
      webhook: t.arg({ type: 'URL', description: "Is told of each run's end, as createRun's." }),
      interruptBefore: t.arg.stringList({ description: BEFORE }),
      interruptAfter: t.arg.stringList({ description: AFTER }),
      streamModes: t.arg({ type: [StreamModeEnum], description: MODES }),
      onRunCompleted: t.arg({ type: OnRunCompletedEnum, description: ON_COMPLETED }),
      multitaskStrategy: t.arg({ type: MultitaskStrategyEnum, description: STRATEGY }),
    },
    resolve: async (_root, args, { orchestrator, owner }) => {
      const outcome = await orchestrator.crons.create({
        owner,
        assistantId: args.assistantId,
        threadId: args.threadId ?? undefined,
        schedule: args.schedule,
        timezone: args.timezone,
        endTime: args.endTime,
        enabled: args.enabled,
        input: args.input ?? undefined,
        config: args.config ?? undefined,
        context: args.context ?? undefined,
        metadata: args.metadata ?? undefined,
        webhook: args.webhook?.href,
        interruptBefore: args.interruptBefore ?? undefined,
        interruptAfter: args.interruptAfter ?? undefined,
        recordEvents: args.streamModes?.includes('EVENTS'),
        onRunCompleted: args.onRunCompleted ?? undefined,
        strategy: args.multitaskStrategy ?? undefined,
      });
      return accepted(outcome).value;
    },
  }),
);

builder.mutationField('updateCron', (t) =>
  t.field({
    type: CronRef,
    description: 'Changes a cron. What is not given stays; so does what is null, but for timezone, endTime and webhook, which null clears.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'UpdateCronResult', description: 'The cron as it is now, or why it is as it was.' },
    },
    args: {
      id: t.arg.id({ required: true, description: 'The cron to change.' }),
      schedule: t.arg.string({ description: 'Five cron fields. The next run is the first of its times from now on.' }),
      timezone: t.arg.string({ description: ZONE }),
      endTime: t.arg({ type: 'DateTime', description: 'No run is scheduled after it; null: it has no end.' }),
      enabled: t.arg.boolean({ description: 'False pauses it; true has it go on with the first of its times from now on.' }),
      input: t.arg({ type: 'JSON', description: INPUT }),
      config: t.arg({ type: 'JSON', description: CONFIG }),
      context: t.arg({ type: 'JSON', description: CONTEXT }),
      metadata: t.arg({ type: 'JSON', description: 'Merged: keys that are given replace, others stay.' }),
      webhook: t.arg({ type: 'URL', description: "Is told of each run's end; null: nobody is." }),
      interruptBefore: t.arg.stringList({ description: BEFORE }),
      interruptAfter: t.arg.stringList({ description: AFTER }),
      streamModes: t.arg({ type: [StreamModeEnum], description: MODES }),
      onRunCompleted: t.arg({ type: OnRunCompletedEnum, description: ON_COMPLETED }),
      multitaskStrategy: t.arg({ type: MultitaskStrategyEnum, description: STRATEGY }),
    },
    resolve: async (_root, args, { orchestrator, owner }) => {
      const outcome = await orchestrator.crons.update({
        owner,
        id: args.id,
        schedule: args.schedule ?? undefined,
        timezone: args.timezone,
        endTime: args.endTime,
        enabled: args.enabled ?? undefined,
        input: args.input ?? undefined,
        config: args.config ?? undefined,
        context: args.context ?? undefined,
        metadata: args.metadata ?? undefined,
        webhook: args.webhook === null ? null : args.webhook?.href,
        interruptBefore: args.interruptBefore ?? undefined,
        interruptAfter: args.interruptAfter ?? undefined,
        recordEvents: args.streamModes?.includes('EVENTS'),
        onRunCompleted: args.onRunCompleted ?? undefined,
        strategy: args.multitaskStrategy ?? undefined,
      });
      return accepted(outcome).value;
    },
  }),
);

builder.mutationField('deleteCron', (t) =>
  t.field({
    type: DeletedType,
    description: 'Removes a cron. Runs that it has started stay.',
    errors: { types: [NotFoundError], union: { name: 'DeleteCronResult', description: 'What is gone, or why nothing is.' } },
    args: { id: t.arg.id({ required: true, description: 'The cron to remove.' }) },
    resolve: async (_root, { id }, { orchestrator, owner }) => accepted(await orchestrator.crons.delete({ owner, id })),
  }),
);
