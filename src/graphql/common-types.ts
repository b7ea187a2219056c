import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Deleted } from '../orchestrator/outcomes.ts';
import { builder } from './builder.ts';
import { requestError } from './error-masking.ts';

export const DeletedType = builder.objectRef<Deleted>('Deleted').implement({
  description: 'A completed deletion.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id of the deleted object.' }) }),
});

export const IfExistsEnum = builder.enumType('IfExists', {
  description: 'The behavior of a creation if an object with the id exists.',
  values: {
    RAISE: { description: 'Returns AlreadyExistsError.' },
    RETURN: { description: 'Returns the existing object unchanged.' },
  },
});

/** A filter by contained JSON as it came under an argument's name; BAD_USER_INPUT unless it is an object. */
export function jsonFilter(name: string, filter: Json | undefined): JsonObject | undefined {
  if (filter == null) return undefined;
  if (!isJsonObject(filter)) throw requestError('BAD_USER_INPUT', `${name} must be a JSON object.`);
  return filter;
}

export const metadataFilter = (metadata: Json | undefined): JsonObject | undefined =>
  jsonFilter('metadata', metadata);

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'The direction of a sort.',
  values: {
    ASC: { description: 'Ascending: oldest or lowest first; text from A to Z.' },
    DESC: { description: 'Descending: newest or highest first; text from Z to A.' },
  },
});
