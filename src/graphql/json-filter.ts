import { isJsonObject, type Json, type JsonObject } from '../domain/json.ts';
import { requestError } from './request-error.ts';

/** A filter by contained JSON as it came under an argument's name; BAD_USER_INPUT unless it is an object. */
export function jsonFilter(name: string, filter: Json | undefined): JsonObject | undefined {
  if (filter == null) return undefined;
  if (!isJsonObject(filter)) throw requestError('BAD_USER_INPUT', `${name} must be a JSON object.`);
  return filter;
}

export const metadataFilter = (metadata: Json | undefined): JsonObject | undefined => jsonFilter('metadata', metadata);
