import type { InputShapeFromFields } from '@pothos/core';
import type { Json } from '../../domain/json.ts';
import { builder } from '../builder.ts';
import { DeletedType } from '../common-types.ts';
import { NotFoundError, ValidationError } from '../error-types.ts';
import { runArguments, toRunContent } from '../run/run-arguments.ts';
import { MultitaskStrategyEnum } from '../run/run-enums.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { CronRef, OnRunCompletedEnum } from './cron-type.ts';

const ZONE = 'The IANA time zone in which the schedule is meant, such as Europe/Berlin; null: UTC.';

/** What each run of a cron is created with. */
const runArgs = builder.args((arg) => ({
  ...runArguments({ input: "The graph's input, each time." }),
  onRunCompleted: arg.field({
    type: OnRunCompletedEnum,
    description: 'What becomes of the thread that was made for a run. Not with a threadId; else DELETE unless given.',
  }),
  multitaskStrategy: arg.field({
    type: MultitaskStrategyEnum,
    description: "What a run does to the thread's unfinished runs. Only with a threadId; then ENQUEUE unless given.",
  }),
}));

/** As the orchestrator takes them, with the metadata. */
const runFields = (args: InputShapeFromFields<typeof runArgs> & { readonly metadata?: Json | undefined }) => ({
  ...toRunContent(args),
  onRunCompleted: args.onRunCompleted ?? undefined,
  strategy: args.multitaskStrategy ?? undefined,
});

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
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to the cron and to its runs.' }),
      webhook: t.arg({ type: 'URL', description: "Is told of each run's end, as createRun's." }),
      ...runArgs,
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
        webhook: args.webhook?.href,
        ...runFields(args),
      });
      return unwrapOrThrow(outcome).value;
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
      metadata: t.arg({ type: 'JSON', description: 'Merged: keys that are given replace, others stay.' }),
      webhook: t.arg({ type: 'URL', description: "Is told of each run's end; null: nobody is." }),
      ...runArgs,
    },
    resolve: async (_root, args, { orchestrator, owner }) => {
      const outcome = await orchestrator.crons.update({
        owner,
        id: args.id,
        schedule: args.schedule ?? undefined,
        timezone: args.timezone,
        endTime: args.endTime,
        enabled: args.enabled ?? undefined,
        webhook: args.webhook === null ? null : args.webhook?.href,
        ...runFields(args),
      });
      return unwrapOrThrow(outcome).value;
    },
  }),
);

builder.mutationField('deleteCron', (t) =>
  t.field({
    type: DeletedType,
    description: 'Removes a cron. Runs that it has started stay.',
    errors: { types: [NotFoundError], union: { name: 'DeleteCronResult', description: 'What is gone, or why nothing is.' } },
    args: { id: t.arg.id({ required: true, description: 'The cron to remove.' }) },
    resolve: async (_root, { id }, { orchestrator, owner }) => unwrapOrThrow(await orchestrator.crons.delete({ owner, id })),
  }),
);
