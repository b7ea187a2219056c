import { wrapOrThrow } from '@pothos/plugin-errors';
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH, textFault } from '../domain/text.ts';
import { describeIssues } from '../orchestrator/outcomes.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import { requestError } from './error-masking.ts';
import { ValidationError } from './error-types.ts';

/** Scalars that hold text, with their limits. JSON is the graph's, and URL is checked where it is used. */
const LIMITS: Readonly<Record<string, number>> = {
  ID: MAX_NAME_LENGTH,
  String: MAX_TEXT_LENGTH,
  Cursor: MAX_TEXT_LENGTH,
};

/**
 * Has every field refuse texts among its arguments that no database can keep as they are, or that are too
 * long: with a ValidationError where that is one of its results, else with BAD_USER_INPUT.
 */
export function checkTextArguments(schema: GraphQLSchema): GraphQLSchema {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    for (const field of Object.values(type.getFields())) {
      const { args, resolve, subscribe } = field;
      if (!args.some(({ type: given }) => holdsText(given, new Set()))) continue;
      const refuse = refusalOf(field);
      if (subscribe !== undefined)
        field.subscribe = (source, given, context, info) => {
          const issue = firstFault(args, given);
          return issue === null ? subscribe(source, given, context, info) : refuse(issue);
        };
      // Fields have both, whatever they are.
      if (resolve !== undefined)
        field.resolve = (source, given, context, info) => {
          const issue = firstFault(args, given);
          return issue === null ? resolve(source, given, context, info) : refuse(issue);
        };
    }
  }
  return schema;
}

type ErrorClass = new (...args: never[]) => Error;

/** How a field refuses: its errors as Pothos' plugin has noted them, if any. */
function refusalOf({ extensions }: GraphQLField<unknown, unknown>): (issue: ValidationIssue) => unknown {
  const errors = (extensions['pothosErrors'] ?? []) as readonly ErrorClass[];
  if (errors.includes(ValidationError))
    return (issue) => wrapOrThrow(new ValidationError([issue]), [...errors]);
  return (issue) => {
    throw requestError('BAD_USER_INPUT', describeIssues([issue]));
  };
}

function holdsText(type: GraphQLInputType, seen: Set<string>): boolean {
  if (isNonNullType(type) || isListType(type)) return holdsText(type.ofType as GraphQLInputType, seen);
  if (!isInputObjectType(type)) return type.name in LIMITS;
  if (seen.has(type.name)) return false;
  seen.add(type.name);
  return Object.values(type.getFields()).some((field) => holdsText(field.type, seen));
}

type Inputs = readonly Pick<GraphQLArgument | GraphQLInputField, 'name' | 'type'>[];

function firstFault(
  inputs: Inputs,
  given: Readonly<Record<string, unknown>>,
  above: readonly string[] = [],
): ValidationIssue | null {
  for (const { name, type } of inputs) {
    const issue = faultOf(type, given[name], [...above, name]);
    if (issue !== null) return issue;
  }
  return null;
}

function faultOf(type: GraphQLInputType, value: unknown, path: readonly string[]): ValidationIssue | null {
  if (value === null || value === undefined) return null;
  if (isNonNullType(type)) return faultOf(type.ofType as GraphQLInputType, value, path);
  if (isListType(type)) {
    for (const [index, item] of (Array.isArray(value) ? (value as readonly unknown[]) : [value]).entries()) {
      const issue = faultOf(type.ofType as GraphQLInputType, item, [...path, String(index)]);
      if (issue !== null) return issue;
    }
    return null;
  }
  if (isInputObjectType(type))
    return firstFault(Object.values(type.getFields()), value as Readonly<Record<string, unknown>>, path);
  if (typeof value !== 'string' || !Object.hasOwn(LIMITS, type.name)) return null;
  const message = textFault(value, LIMITS[type.name] ?? MAX_TEXT_LENGTH);
  return message === null ? null : { path, message };
}
