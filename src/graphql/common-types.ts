import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import type { Deleted } from '../orchestrator/outcomes.ts';
import { builder } from './builder.ts';
import { requestError } from './error-masking.ts';

export const DeletedType = builder.objectRef<Deleted>('Deleted').implement({
  description: 'Something was removed.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id of what is gone.' }) }),
});

export const IfExistsEnum = builder.enumType('IfExists', {
  description: 'What a creation does when there is one with the id already.',
  values: {
    RAISE: { description: 'Refuse with AlreadyExistsError.' },
    RETURN: { description: 'Return what is there, unchanged.' },
  },
});

/** A filter by contained JSON as it came under an argument's name; BAD_USER_INPUT unless it is an object. */
export function jsonFilter(name: string, filter: Json | undefined): JsonObject | undefined {
  if (filter == null) return undefined;
  if (!isJsonObject(filter)) throw requestError('BAD_USER_INPUT', `${name} must be a JSON object.`);
  return filter;
}

export const metadataFilter = (metadata: Json | undefined): JsonObject | undefined => jsonFilter('metadata', metadata);

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'Which end of a list comes first.',
  values: {
    ASC: { description: 'The oldest or lowest first; of texts, from A to Z.' },
    DESC: { description: 'The newest or highest first; of texts, from Z to A.' },
  },
});
