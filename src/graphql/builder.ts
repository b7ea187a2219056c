import SchemaBuilder from '@pothos/core';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import type { Json } from '../domain/json.ts';
import type { GraphQLContext } from './context.ts';
import { CursorScalar, DateTimeScalar, JsonScalar, UrlScalar } from './scalars.ts';

/** Where every type and field of the schema is declared. Fields are non-null unless they say otherwise. */
export const builder = new SchemaBuilder<{
  Context: GraphQLContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: true;
  Connection: { readonly count?: () => Promise<number> };
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: Json; Output: unknown };
    DateTime: { Input: Date; Output: Date };
    URL: { Input: URL; Output: URL };
    Cursor: { Input: string; Output: string };
  };
}>({
  plugins: [ErrorsPlugin, RelayPlugin, DataloaderPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: { nullable: false, description: 'The items of this page with their cursors, in the order of the list.' },
    nodeFieldOptions: { nullable: true, description: 'The item. Null: it could not be read; errors has the reason under its path.' },
    nodesOnConnection: {
      description: 'The items of this page, in the order of the list. Null: one could not be read; errors has the reason under its path.',
    },
    pageInfoFieldOptions: { nullable: false, description: 'Whether there is more, and how to ask for it.' },
    cursorFieldOptions: { description: 'Where the item is in the list, for after and before. Opaque.' },
    pageInfoTypeOptions: { description: 'Where a page lies in its list.' },
    hasNextPageFieldOptions: { description: 'Whether there are items behind the last one of this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there are items before the first one of this page.' },
    startCursorFieldOptions: { description: 'Cursor of the first item of this page; null when the page is empty.' },
    endCursorFieldOptions: { description: 'Cursor of the last item of this page; null when the page is empty.' },
    firstArgOptions: {
      description: 'Items to return from the start of the list or from after: 0 to 100, 20 if neither first nor last is given.',
    },
    afterArgOptions: { description: 'Only items behind this cursor.' },
    lastArgOptions: { description: 'Items to return from the end of the list or from before: 0 to 100. Not together with first.' },
    beforeArgOptions: { description: 'Only items before this cursor.' },
  },
});

builder.addScalarType('JSON', JsonScalar);
builder.addScalarType('DateTime', DateTimeScalar);
builder.addScalarType('URL', UrlScalar);
builder.addScalarType('Cursor', CursorScalar);

builder.queryType({ description: 'Reads. What is not yours is not there.' });
builder.mutationType({ description: 'Commands. Each returns a union of its success and of what a caller can do wrong.' });
builder.subscriptionType({
  description:
    'Streams over graphql-transport-ws and SSE at the same path. Each replays from the durable log, then goes live with no gap and no repeat.',
});
