import SchemaBuilder from '@pothos/core';
import DataloaderPlugin from '@pothos/plugin-dataloader';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTime, GraphQLJSON, GraphQLURL } from 'graphql-scalars';
import { type Json, placeTooDeep, tooDeepText } from '../domain/json.ts';
import { infinitePath } from '../domain/text.ts';
import type { GraphQLContext } from './context.ts';

/**
 * graphql-scalars builds the objects of JSON literals without a prototype, which surprises graph code that
 * calls `hasOwnProperty` or checks `instanceof Object`. Ours are plain objects; a field whose variable is
 * absent is absent.
 */
const plain = (value: unknown): Json => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

function shallow<T>(value: T): T {
  const path = infinitePath(value);
  if (path !== null)
    throw new GraphQLError(
      `JSON contains a number that is too large${path.length === 0 ? '' : ` at ${path.join('.')}`}.`,
    );
  const place = placeTooDeep(value);
  if (place === null) return value;
  throw new GraphQLError(`${tooDeepText(place)}.`);
}

const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  parseValue: shallow,
  // what graphql 17 calls; toConfig() has filled it in from graphql-scalars' own parseValue
  coerceInputValue: shallow,
  description: 'Any JSON value: an object, a list, a string, a number, true, false or null.',
  parseLiteral: (literal, variables) => plain(shallow(GraphQLJSON.parseLiteral(literal, variables))),
});

const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: 'A point in time: ISO 8601 in UTC with milliseconds, such as 2026-01-31T10:15:30.000Z.',
});

const UrlScalar = new GraphQLScalarType({
  ...GraphQLURL.toConfig(),
  description: 'An absolute URL (WHATWG URL Standard).',
});

const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    "An opaque position in a thread's event log. Valid for runEvents, threadEvents and messages, over WebSocket and SSE, across restarts.",
  serialize: String,
  parseValue: cursorOf,
  parseLiteral: (literal) => cursorOf(literal.kind === Kind.STRING ? literal.value : null),
});

function cursorOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('A Cursor must be a string.');
}

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
    edgesFieldOptions: {
      nullable: false,
      description: 'The items of this page with their cursors, in list order.',
    },
    nodeFieldOptions: {
      nullable: true,
      description: 'The item. Null: it could not be read; errors contains the reason at this path.',
    },
    nodesOnConnection: {
      description:
        'The items of this page, in list order. Null: the item could not be read; errors contains the reason at its path.',
    },
    pageInfoFieldOptions: { nullable: false, description: 'Pagination information.' },
    cursorFieldOptions: { description: 'An opaque cursor for after and before.' },
    pageInfoTypeOptions: { description: 'The position of a page in its list.' },
    hasNextPageFieldOptions: { description: 'True if items follow the last one of this page.' },
    hasPreviousPageFieldOptions: { description: 'True if items precede the first one of this page.' },
    startCursorFieldOptions: {
      description: 'The cursor of the first item of this page. Null: the page is empty.',
    },
    endCursorFieldOptions: {
      description: 'The cursor of the last item of this page. Null: the page is empty.',
    },
    firstArgOptions: {
      description:
        'The number of items to return from the start of the list or from after: 0 to 100. Defaults to 20 if last is omitted too.',
    },
    afterArgOptions: { description: 'Only items after this cursor.' },
    lastArgOptions: {
      description:
        'The number of items to return from the end of the list or from before: 0 to 100. Excludes first.',
    },
    beforeArgOptions: { description: 'Only items before this cursor.' },
  },
});

builder.addScalarType('JSON', JsonScalar);
builder.addScalarType('DateTime', DateTimeScalar);
builder.addScalarType('URL', UrlScalar);
builder.addScalarType('Cursor', CursorScalar);

builder.queryType({ description: 'Queries. Objects of other owners are treated as missing.' });
builder.mutationType({ description: 'Each mutation returns its result or one of its typed errors.' });
builder.subscriptionType({
  description:
    'Streams over graphql-transport-ws and SSE at the same path. Each replays the durable log, then continues live without gaps or repeats.',
});
