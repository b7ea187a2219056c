import { defineEntity, p } from '@mikro-orm/core';
import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { Owner } from '../../domain/ids.ts';
import { flag, integer, json, nullable, RowMapper, text, textColumn, time } from '../row-mapper.ts';

const content = () => ({
  graphId: textColumn(),
  name: textColumn(),
  description: textColumn().nullable(),
  config: textColumn(),
  context: textColumn(),
  metadata: textColumn(),
});

/** As its selected version has it. */
export const AssistantRow = defineEntity({
  name: 'Assistant',
  tableName: 'assistant',
  properties: {
    owner: textColumn().primary(),
    id: textColumn().primary(),
    ...content(),
    /** The name in lower case, for searches. */
    foldedName: textColumn(),
    version: p.bigint('number'),
    newestVersion: p.bigint('number'),
    isDefault: p.integer(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
  },
  indexes: [{ name: 'assistant_owner_created', properties: ['owner', 'createdAt', 'id'] }],
});

/** They go with their assistant; the transaction that removes it removes them. */
export const AssistantVersionRow = defineEntity({
  name: 'AssistantVersion',
  tableName: 'assistant_version',
  properties: {
    owner: textColumn().primary(),
    assistantId: textColumn().primary(),
    version: p.bigint('number').primary(),
    ...content(),
    createdAt: p.bigint('number'),
  },
});

export const assistantRows = new RowMapper<Assistant & { readonly foldedName: string }>({
  owner: text('owner'),
  id: text('id'),
  graphId: text('graph_id'),
  name: text('name'),
  foldedName: text('folded_name'),
  description: nullable(text('description')),
  config: json('config'),
  context: json('context'),
  metadata: json('metadata'),
  version: integer('version'),
  newestVersion: integer('newest_version'),
  isDefault: flag('is_default'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

export const toAssistant = (row: Record<string, unknown>): Assistant => {
  const assistant: Assistant & { foldedName?: string } = assistantRows.fromRow(row);
  delete assistant.foldedName; // no spread: a damaged row's properties would be lost in silence
  return assistant;
};

/** For searches without regard to case. */
export const folded = (name: string): string => name.toLowerCase();

export const versionRows = new RowMapper<AssistantVersion & { readonly owner: Owner }>({
  owner: text('owner'),
  assistantId: text('assistant_id'),
  version: integer('version'),
  graphId: text('graph_id'),
  name: text('name'),
  description: nullable(text('description')),
  config: json('config'),
  context: json('context'),
  metadata: json('metadata'),
  createdAt: time('created_at'),
});

export const toVersion = (row: Record<string, unknown>): AssistantVersion => {
  const version: AssistantVersion & { owner?: Owner } = versionRows.fromRow(row);
  delete version.owner;
  return version;
};
