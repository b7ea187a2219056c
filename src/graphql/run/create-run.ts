import { builder } from '../builder.ts';
import { IdempotencyConflictError, NotFoundError, ThreadBusyError, ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { runArguments, toRunContent } from './run-arguments.ts';
import { MultitaskStrategyEnum, RunRef } from './run-enums.ts';

builder.mutationField('createRun', (t) =>
  t.field({
    type: RunRef,
    description:
      'Starts a run on a thread. Returns when the run is stored (PENDING), without waiting for the graph.',
    errors: {
      types: [ThreadBusyError, NotFoundError, ValidationError, IdempotencyConflictError],
      union: { name: 'CreateRunResult', description: 'The new run, or why it was not created.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to run on.' }),
      assistantId: t.arg.id({
        required: true,
        description: "An assistant's id, or a graph's name for its default assistant.",
      }),
      ...runArguments({
        input:
          "The graph's input. Excludes command; without both, the graph continues from the latest checkpoint or from checkpointId (static breakpoints). Null: omitted.",
        noBreakpoints: ' Null: the breakpoints the graph was compiled with.',
      }),
      command: t.arg({
        type: 'JSON',
        description: 'A command to resume, update or jump: { resume, update, goto }.',
      }),
      multitaskStrategy: t.arg({
        type: MultitaskStrategyEnum,
        required: true,
        defaultValue: 'ENQUEUE',
        description: 'How to treat unfinished runs of the thread.',
      }),
      keepPartialOutput: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'INTERRUPT only: keep the text that the stopped run has streamed, as a partial message.',
      }),
      keepPendingInput: t.arg.boolean({
        required: true,
        defaultValue: true,
        description:
          "INTERRUPT only: prepend the messages of runs that were still waiting, in order, to this run's input.",
      }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to the run.' }),
      checkpointId: t.arg.id({ description: 'The checkpoint to start from. Null: the latest.' }),
      afterSeconds: t.arg.float({
        description: 'The earliest start, in seconds from now; ≥ 0. Null: immediately.',
      }),
      timeoutSeconds: t.arg.float({
        description:
          'The time limit in seconds from the first start; > 0. The run then ends with TIMEOUT. Null: no limit.',
      }),
      webhook: t.arg({
        type: 'URL',
        description:
          'Receives the ended run as JSON by POST, at least once, with retries for about a day. Non-public addresses are rejected unless the server allows them.',
      }),
      idempotencyKey: t.arg.string({
        description:
          'Repeated calls of the same owner with this key within 24 hours return the run of the first call.',
      }),
    },
    resolve: async (_root, args, { orchestrator, owner, headers }) => {
      const {
        threadId,
        assistantId,
        multitaskStrategy: strategy,
        keepPartialOutput,
        keepPendingInput,
      } = args;
      const { command, checkpointId, afterSeconds, timeoutSeconds, idempotencyKey } = args;
      const outcome = await orchestrator.createRun({
        ...{ owner, headers, threadId, assistantId, strategy, keepPartialOutput, keepPendingInput },
        ...toRunContent(args),
        ...withoutNulls({ command, checkpointId, afterSeconds, timeoutSeconds, idempotencyKey }),
        webhook: args.webhook?.href,
      });
      return unwrapOrThrow(outcome).value;
    },
  }),
);

/** Null counts as not given. */
const withoutNulls = <T extends object>(args: T) =>
  Object.fromEntries(Object.entries(args).filter(([, value]) => value !== null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
