import type { Deleted } from '../orchestrator/orchestrator.ts';
import { builder } from './builder.ts';

export const DeletedType = builder.objectRef<Deleted>('Deleted').implement({
  description: 'Something was removed.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id of what is gone.' }) }),
});
