import { defineEntity, p } from '@mikro-orm/core';
import { textColumn } from './text-column.ts';

/** A piece of background work that one process at a time does for all. */
export const MaintenanceRow = defineEntity({
  name: 'Maintenance',
  tableName: 'maintenance',
  properties: {
    name: textColumn().primary(),
    /** The process that does it, or did it last. */
    holder: textColumn(),
    /** Until when it is this process's alone. */
    heldUntil: p.bigint('number'),
    /** When it is to be done next. */
    nextAt: p.bigint('number'),
  },
});
