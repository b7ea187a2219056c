import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from './text-column.ts';

/** The one row that says which database this is. */
export const InstanceRow = defineEntity({
  name: 'Instance',
  tableName: 'instance',
  properties: {
    id: textColumn().primary(),
    /** Rises now and then while a server writes, on SQLite: a file whose number is lower than was seen lacks commits. */
    marks: p.bigint('number'),
  },
});
