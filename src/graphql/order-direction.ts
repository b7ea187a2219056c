import { builder } from './builder.ts';

export const OrderDirectionEnum = builder.enumType('OrderDirection', {
  description: 'Which end of a list comes first.',
  values: {
    ASC: { description: 'The oldest or lowest first; of texts, from A to Z.' },
    DESC: { description: 'The newest or highest first; of texts, from Z to A.' },
  },
});
