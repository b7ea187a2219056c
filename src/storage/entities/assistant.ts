import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from './text-column.ts';

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
