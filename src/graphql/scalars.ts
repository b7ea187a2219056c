import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { GraphQLDateTime, GraphQLJSON, GraphQLURL } from 'graphql-scalars';
import type { Json } from '../domain/json.ts';
import { placeTooDeep, tooDeepText } from '../domain/json-depth.ts';
import { infinitePath } from '../domain/json-text.ts';

/**
 * graphql-scalars builds the objects of JSON literals without a prototype, which surprises graph code that calls `hasOwnProperty` or
 * checks `instanceof Object`. Ours are plain objects; a field whose variable is absent is absent.
 */
const plain = (value: unknown): Json => (value === undefined ? null : JSON.parse(JSON.stringify(value)));

function shallow<T>(value: T): T {
  const path = infinitePath(value);
  if (path !== null) throw new GraphQLError(`JSON has a number that is too large${path.length === 0 ? '' : ` at ${path.join('.')}`}.`);
  const place = placeTooDeep(value);
  if (place === null) return value;
  throw new GraphQLError(`${tooDeepText(place)}.`);
}

export const JsonScalar = new GraphQLScalarType({
  ...GraphQLJSON.toConfig(),
  parseValue: shallow,
  coerceInputValue: shallow, // what graphql 17 calls; toConfig() has filled it in from graphql-scalars' own parseValue
  description: 'Any JSON value: an object, a list, a string, a number, true, false or null.',
  parseLiteral: (literal, variables) => plain(shallow(GraphQLJSON.parseLiteral(literal, variables))),
});

export const DateTimeScalar = new GraphQLScalarType({
  ...GraphQLDateTime.toConfig(),
  description: 'A point in time: ISO 8601 in UTC with milliseconds, such as 2026-01-31T10:15:30.000Z.',
});

export const UrlScalar = new GraphQLScalarType({ ...GraphQLURL.toConfig(), description: 'An absolute URL (WHATWG URL Standard).' });

export const CursorScalar = new GraphQLScalarType<string, string>({
  name: 'Cursor',
  description:
    'A place in the event log of one thread, opaque to clients. The same value works for runEvents, threadEvents and messages, over WebSocket and SSE, before and after a restart.',
  serialize: String,
  parseValue: cursorOf,
  parseLiteral: (literal) => cursorOf(literal.kind === Kind.STRING ? literal.value : null),
});

function cursorOf(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new GraphQLError('A Cursor is a string.');
}
