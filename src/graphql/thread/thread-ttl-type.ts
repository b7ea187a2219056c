import type { Thread, ThreadTtl } from '../../domain/thread.ts';
import { builder } from '../builder.ts';
import { ThreadRef } from './thread-ref.ts';

export const TtlStrategyEnum = builder.enumType('TtlStrategy', {
  description: 'What becomes of a thread whose time is over, or that is pruned.',
  values: {
    DELETE: { description: 'It goes, with its runs, events and states.' },
    KEEP_LATEST: { description: 'It stays, with its runs and of its states the newest.' },
  },
});

const ThreadTtlType = builder.objectRef<Pick<Thread, 'expiresAt'> & ThreadTtl>('ThreadTtl').implement({
  description: 'What becomes of a thread when nothing happens on it. The time counts anew from each change of a run or of the state.',
  fields: (t) => ({
    strategy: t.expose('strategy', { type: TtlStrategyEnum, description: 'What becomes of it.' }),
    minutes: t.exposeFloat('minutes', { description: 'How long nothing may happen, in minutes.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When that time is over, as things are; null where KEEP_LATEST has been done, until something happens again.',
    }),
  }),
});

export const ThreadTtlInput = builder.inputType('ThreadTtlInput', {
  description: 'How long a thread is kept without activity.',
  fields: (t) => ({
    minutes: t.float({ required: true, description: 'In minutes; > 0.' }),
    strategy: t.field({ type: TtlStrategyEnum, required: true, defaultValue: 'DELETE', description: 'What becomes of it then.' }),
  }),
});

builder.objectField(ThreadRef, 'ttl', (t) =>
  t.field({
    type: ThreadTtlType,
    nullable: true,
    description: 'How long it is kept without activity; null: as long as nobody deletes it.',
    resolve: ({ ttl, expiresAt }) => (ttl === null ? null : { ...ttl, expiresAt }),
  }),
);
