import { builder } from '../builder.ts';
import { IdempotencyConflictError, NotFoundError, ThreadBusyError, ValidationError } from '../error-types.ts';
import { unwrapOrThrow } from '../unwrap.ts';
import { runArguments, toRunContent } from './run-arguments.ts';
import { MultitaskStrategyEnum, RunRef } from './run-enums.ts';

builder.mutationField('createRun', (t) =>
  t.field({
    type: RunRef,
    description: 'Start a run on a thread. Returns as soon as the run is stored (PENDING), never waits for the graph.',
    errors: {
      types: [ThreadBusyError, NotFoundError, ValidationError, IdempotencyConflictError],
      union: { name: 'CreateRunResult', description: 'The run that was stored, or why none was.' },
    },
    args: {
      threadId: t.arg.id({ required: true, description: 'The thread to run on.' }),
      assistantId: t.arg.id({ required: true, description: "An assistant's id, or a graph's name for its default assistant." }),
      ...runArguments({
        input:
          "The graph's input. At most one of input and command; with neither, the graph goes on from the head or from checkpointId (static breakpoints). Null counts as not given.",
        noBreakpoints: ' Null: as the graph was compiled.',
      }),
      command: t.arg({ type: 'JSON', description: 'Resume, update or jump: { resume, update, goto }.' }),
      multitaskStrategy: t.arg({
        type: MultitaskStrategyEnum,
        required: true,
        defaultValue: 'ENQUEUE',
        description: 'What to do when the thread has unfinished runs.',
      }),
      keepPartialOutput: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: 'INTERRUPT only: keep the text that the stopped run had streamed so far, as a partial message.',
      }),
      keepPendingInput: t.arg.boolean({
        required: true,
        defaultValue: true,
        description: "INTERRUPT only: keep the messages of runs that were still waiting, in their order, ahead of this run's input.",
      }),
      metadata: t.arg({ type: 'JSON', description: 'An object to attach to the run.' }),
      checkpointId: t.arg.id({ description: 'Start from this checkpoint of the thread instead of the latest; null: the latest.' }),
      afterSeconds: t.arg.float({ description: 'Earliest start, in seconds from now; ≥ 0. Null: at once.' }),
      timeoutSeconds: t.arg.float({
        description: 'Limit in seconds from the first start; > 0. Then the run ends with TIMEOUT. Null: no limit.',
      }),
      webhook: t.arg({
        type: 'URL',
        description:
          "Is told of the run's end by a POST of its JSON, at least once and with retries for about a day. Addresses that are not public are refused unless the server allows them.",
      }),
      idempotencyKey: t.arg.string({
        description: 'The same key from the same owner within 24 hours returns the run that the first call made.',
      }),
    },
    resolve: async (_root, args, { orchestrator, owner, headers }) => {
      const outcome = await orchestrator.createRun({
        owner,
        ...toRunContent(args),
        threadId: args.threadId,
        assistantId: args.assistantId,
        command: args.command ?? undefined,
        strategy: args.multitaskStrategy,
        keepPartialOutput: args.keepPartialOutput,
        keepPendingInput: args.keepPendingInput,
        checkpointId: args.checkpointId ?? undefined,
        afterSeconds: args.afterSeconds ?? undefined,
        timeoutSeconds: args.timeoutSeconds ?? undefined,
        idempotencyKey: args.idempotencyKey ?? undefined,
        webhook: args.webhook?.href,
        headers,
      });
      return unwrapOrThrow(outcome).value;
    },
  }),
);
