import type { HistoryEntry } from '../../orchestrator/orchestrator.ts';
import type { ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import { builder } from '../builder.ts';
import { numberCursors, pageOf } from '../connection.ts';
import { READS_CHECKPOINTS } from '../field-costs.ts';
import { metadataFilter } from '../json-filter.ts';
import { ThreadRef } from './thread-ref.ts';
import { ThreadStateType } from './thread-state-type.ts';

builder.objectField(ThreadRef, 'history', (t) =>
  t.connection(
    {
      type: ThreadStateType,
      extensions: READS_CHECKPOINTS,
      description: "The thread's states at each of its checkpoints, newest first.",
      args: {
        metadata: t.arg({ type: 'JSON', description: 'Only checkpoints whose metadata contains this object.' }),
        checkpointNs: t.arg.string({ description: 'The namespace of a subgraph, as a task names it; null: the root graph.' }),
      },
      resolve: async (thread, args, { orchestrator }) => {
        const ns = args.checkpointNs ?? '';
        const metadata = metadataFilter(args.metadata ?? undefined);
        const { edges, pageInfo } = await pageOf<HistoryEntry, number>(args, {
          cursors: numberCursors(`history ${thread.id} ${ns}`),
          keyOf: (entry) => entry.key,
          load: (window) => orchestrator.queries.history(thread, metadata, window, ns),
        });
        // GraphQL takes an Error in the place of an item for that item's failure.
        return { edges: edges.map(({ cursor, node }) => ({ cursor, node: node.state as ThreadStateJson })), pageInfo };
      },
    },
    { name: 'ThreadStateConnection', description: 'A page of states.' },
    { name: 'ThreadStateEdge', description: 'A state in a page.' },
  ),
);
