import {
  type GraphQLArgument,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH, textFault } from '../domain/text.ts';
import { requestError } from './request-error.ts';

/** Scalars that hold text, with their limits. JSON is the graph's, and URL is checked where it is used. */
const LIMITS: Readonly<Record<string, number>> = { ID: MAX_NAME_LENGTH, String: MAX_TEXT_LENGTH, Cursor: MAX_TEXT_LENGTH };

/** Has every field refuse texts among its arguments that no database can keep as they are, or that are too long, with BAD_USER_INPUT. */
export function checkTextArguments(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const { args, resolve, subscribe } = field;
      if (!args.some(({ type: given }) => holdsText(given, new Set()))) continue;
      if (subscribe !== undefined)
        field.subscribe = (source, given, context, info) => {
          check(args, given);
          return subscribe(source, given, context, info);
        };
      // Fields have both, whatever they are.
      if (resolve !== undefined)
        field.resolve = (source, given, context, info) => {
          check(args, given);
          return resolve(source, given, context, info);
        };
    }
  }
  return schema;
}

function holdsText(type: GraphQLInputType, seen: Set<string>): boolean {
  if (isNonNullType(type) || isListType(type)) return holdsText(type.ofType as GraphQLInputType, seen);
  if (!isInputObjectType(type)) return type.name in LIMITS;
  if (seen.has(type.name)) return false;
  seen.add(type.name);
  return Object.values(type.getFields()).some((field) => holdsText(field.type, seen));
}

type Inputs = readonly Pick<GraphQLArgument | GraphQLInputField, 'name' | 'type'>[];

function check(inputs: Inputs, given: Readonly<Record<string, unknown>>, above: readonly string[] = []): void {
  for (const { name, type } of inputs) checkValue(type, given[name], [...above, name]);
}

function checkValue(type: GraphQLInputType, value: unknown, path: readonly string[]): void {
  if (value === null || value === undefined) return;
  if (isNonNullType(type)) checkValue(type.ofType as GraphQLInputType, value, path);
  else if (isListType(type)) {
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const [index, item] of items.entries()) checkValue(type.ofType as GraphQLInputType, item, [...path, String(index)]);
  } else if (isInputObjectType(type)) {
    check(Object.values(type.getFields()), value as Readonly<Record<string, unknown>>, path);
  } else if (typeof value === 'string' && Object.hasOwn(LIMITS, type.name)) {
    const fault = textFault(value, LIMITS[type.name] ?? MAX_TEXT_LENGTH);
    if (fault !== null) throw requestError('BAD_USER_INPUT', `${path.join('.')} ${fault}.`);
  }
}
