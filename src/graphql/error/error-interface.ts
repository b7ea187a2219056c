import { builder } from '../builder.ts';

/** What every error of a result union says. */
export const ErrorInterface = builder.interfaceRef<Error>('Error').implement({
  description: 'Something that a caller did wrong or has to reckon with, as data.',
  fields: (t) => ({
    message: t.exposeString('message', { description: 'What is wrong, in one English sentence.' }),
  }),
});
