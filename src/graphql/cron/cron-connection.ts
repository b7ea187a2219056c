import type { Cron } from '../../domain/cron.ts';
import { type CronId, parseCronId } from '../../domain/ids.ts';
import { builder } from '../builder.ts';
import { metadataFilter } from '../common-types.ts';
import { type CursorCodec, pageOf } from '../connection.ts';
import { CronRef } from './cron-type.ts';

const cursors: CursorCodec<CronId> = {
  encode: (id) => ['crons', id],
  decode: (value) =>
    Array.isArray(value) && value[0] === 'crons' && typeof value[1] === 'string'
      ? parseCronId(value[1])
      : null,
};

builder.queryField('cron', (t) =>
  t.field({
    type: CronRef,
    nullable: true,
    description: 'One cron. Null: not found.',
    args: { id: t.arg.id({ required: true, description: "The cron's id." }) },
    resolve: (_root, { id }, { orchestrator, owner }) => orchestrator.crons.find(owner, id),
  }),
);

type FilterArgs = {
  readonly assistantId?: string | null | undefined;
  readonly threadId?: string | null | undefined;
  readonly enabled?: boolean | null | undefined;
  readonly metadata?: Parameters<typeof metadataFilter>[0];
};
const filterOf = ({ assistantId, threadId, enabled, metadata }: FilterArgs) => ({
  assistantId: assistantId ?? undefined,
  threadId: threadId ?? undefined,
  enabled: enabled ?? undefined,
  metadata: metadataFilter(metadata),
});

const FILTERS = {
  assistantId: "Only crons of this assistant, by its id or its graph's name.",
  threadId: 'Only crons on this thread.',
  enabled: 'Only enabled (true) or only paused (false) crons.',
  metadata: 'Only crons whose metadata contains this object.',
};

builder.queryField('crons', (t) =>
  t.connection(
    {
      type: CronRef,
      description: 'Your crons, newest first.',
      args: {
        assistantId: t.arg.id({ description: FILTERS.assistantId }),
        threadId: t.arg.id({ description: FILTERS.threadId }),
        enabled: t.arg.boolean({ description: FILTERS.enabled }),
        metadata: t.arg({ type: 'JSON', description: FILTERS.metadata }),
      },
      resolve: (_root, args, { orchestrator, owner }) =>
        pageOf<Cron, CronId>(args, {
          cursors,
          keyOf: (cron) => cron.id,
          load: (window) => orchestrator.crons.page({ owner, ...filterOf(args), window }),
        }),
    },
    { name: 'CronConnection', description: 'A page of crons.' },
    { name: 'CronEdge', description: 'A cron in a page, with its cursor.' },
  ),
);

builder.queryField('countCrons', (t) =>
  t.int({
    description: 'The number of your crons that match.',
    args: {
      assistantId: t.arg.id({ description: FILTERS.assistantId }),
      threadId: t.arg.id({ description: FILTERS.threadId }),
      enabled: t.arg.boolean({ description: FILTERS.enabled }),
      metadata: t.arg({ type: 'JSON', description: FILTERS.metadata }),
    },
    resolve: (_root, args, { orchestrator, owner }) => orchestrator.crons.count({ owner, ...filterOf(args) }),
  }),
);
