import { builder } from './builder.ts';

export const IfExistsEnum = builder.enumType('IfExists', {
  description: 'What a creation does when there is one with the id already.',
  values: {
    RAISE: { description: 'Refuse with AlreadyExistsError.' },
    RETURN: { description: 'Return what is there, unchanged.' },
  },
});
