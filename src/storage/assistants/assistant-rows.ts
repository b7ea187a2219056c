import { defineEntity } from '@mikro-orm/core';
import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { AssistantId, Owner } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import { bigInteger, flag, json, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';

const content = () => ({
  graphId: text(),
  name: text(),
  description: text().nullable(),
  config: json<JsonObject>(),
  context: json<JsonObject>(),
  metadata: json<JsonObject>(),
});

/** As its selected version has it. */
export const AssistantRow = defineEntity({
  name: 'Assistant',
  tableName: 'assistant',
  properties: {
    owner: text<Owner>().primary(),
    id: text<AssistantId>().primary(),
    ...content(),
    /** The name in lower case, for searches. */
    foldedName: text(),
    version: bigInteger(),
    newestVersion: bigInteger(),
    isDefault: flag(),
    createdAt: time(),
    updatedAt: time(),
  },
  indexes: [{ name: 'assistant_owner_created', properties: ['owner', 'createdAt', 'id'] }],
});

/** They go with their assistant; the transaction that removes it removes them. */
export const AssistantVersionRow = defineEntity({
  name: 'AssistantVersion',
  tableName: 'assistant_version',
  properties: {
    owner: text<Owner>().primary(),
    assistantId: text<AssistantId>().primary(),
    version: bigInteger().primary(),
    ...content(),
    createdAt: time(),
  },
});

export const assistantRows: RowMapper<Assistant & { readonly foldedName: string }, typeof AssistantRow> =
  rowMapper(AssistantRow);

export const toAssistant = (row: Record<string, unknown>): Assistant => {
  const assistant: Assistant & { foldedName?: string } = assistantRows.fromRow(row);
  delete assistant.foldedName; // no spread: a damaged row's properties would be lost in silence
  return assistant;
};

/** For searches without regard to case. */
export const folded = (name: string): string => name.toLowerCase();

export const versionRows: RowMapper<
  AssistantVersion & { readonly owner: Owner },
  typeof AssistantVersionRow
> = rowMapper(AssistantVersionRow);

export const toVersion = (row: Record<string, unknown>): AssistantVersion => {
  const version: AssistantVersion & { owner?: Owner } = versionRows.fromRow(row);
  delete version.owner;
  return version;
};
