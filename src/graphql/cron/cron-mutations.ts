import type { InputShapeFromFields } from '@pothos/core';
import type { Json } from '../../domain/json.ts';
import { builder } from '../builder.ts';
import { DeletedType } from '../common-types.ts';
import { NotFoundError, ValidationError } from '../error-types.ts';
import { runArguments, toRunContent } from '../run/run-arguments.ts';
import { MultitaskStrategyEnum } from '../run/run-enums.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { CronRef, OnRunCompletedEnum } from './cron-type.ts';

const ZONE = 'The IANA time zone of the schedule, such as Europe/Berlin. Null: UTC.';

/** What each run of a cron is created with. */
const runArgs = builder.args((arg) => ({
  ...runArguments({ input: 'The input of each run.' }),
  onRunCompleted: arg.field({
    type: OnRunCompletedEnum,
    description: 'The treatment of threads created for runs. Not allowed with threadId; defaults to DELETE.',
  }),
  multitaskStrategy: arg.field({
    type: MultitaskStrategyEnum,
    description:
      'How each run treats unfinished runs of the thread. Only with threadId; defaults to ENQUEUE.',
  }),
}));

/** As the orchestrator takes them, with the metadata. */
const runFields = (
  args: InputShapeFromFields<typeof runArgs> & { readonly metadata?: Json | undefined },
) => ({
  ...toRunContent(args),
  onRunCompleted: args.onRunCompleted ?? undefined,
  strategy: args.multitaskStrategy ?? undefined,
});

builder.mutationField('createCron', (t) =>
  t.field({
    type: CronRef,
    description: 'Schedules runs. Validates as much of the run as possible up front.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'CreateCronResult', description: 'The new cron, or why it was not created.' },
    },
    args: {
      assistantId: t.arg.id({
        required: true,
        description: "An assistant's id, or a graph's name for its default assistant.",
      }),
      threadId: t.arg.id({ description: 'The thread to run on. Null: a new thread for each run.' }),
      schedule: t.arg.string({
        required: true,
        description: 'Five cron fields: minute, hour, day of month, month, day of week.',
      }),
      timezone: t.arg.string({ description: ZONE }),
      endTime: t.arg({ type: 'DateTime', description: 'No run is scheduled after this time. Null: no end.' }),
      enabled: t.arg.boolean({ required: true, defaultValue: true, description: 'False: paused.' }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to the cron and to its runs.' }),
      webhook: t.arg({
        type: 'URL',
        description: 'The webhook that each run notifies when it ends; see createRun.',
      }),
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
    description:
      'Updates a cron. Omitted and null arguments leave values unchanged, except that null clears timezone, endTime and webhook.',
    errors: {
      types: [NotFoundError, ValidationError],
      union: { name: 'UpdateCronResult', description: 'The updated cron, or why it was not changed.' },
    },
    args: {
      id: t.arg.id({ required: true, description: 'The cron to update.' }),
      schedule: t.arg.string({
        description: "Five cron fields. The next run is due at the schedule's first time from now on.",
      }),
      timezone: t.arg.string({ description: ZONE }),
      endTime: t.arg({ type: 'DateTime', description: 'No run is scheduled after this time. Null: no end.' }),
      enabled: t.arg.boolean({
        description: "False pauses the cron; true resumes it with the schedule's first time from now on.",
      }),
      metadata: t.arg({
        type: 'JSON',
        description: 'Merged into the metadata: given keys replace existing ones, other keys stay.',
      }),
      webhook: t.arg({
        type: 'URL',
        description: 'The webhook that each run notifies when it ends. Null: none.',
      }),
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
    description: 'Deletes a cron. Runs that it has started stay.',
    errors: {
      types: [NotFoundError],
      union: { name: 'DeleteCronResult', description: 'The deletion, or NotFoundError.' },
    },
    args: { id: t.arg.id({ required: true, description: 'The cron to delete.' }) },
    resolve: async (_root, { id }, { orchestrator, owner }) =>
      unwrapOrThrow(await orchestrator.crons.delete({ owner, id })),
  }),
);
