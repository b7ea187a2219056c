import { defineEntity, p } from '@mikro-orm/core';
import type { Thread } from '../../domain/thread.ts';
import { flag, integer, json, nullable, RowMapper, text, textColumn, time } from '../row-mapper.ts';

/** Times are integer milliseconds since the epoch, JSON is text. */
export const ThreadRow = defineEntity({
  name: 'Thread',
  tableName: 'thread',
  properties: {
    id: textColumn().primary(),
    owner: textColumn(),
    status: textColumn(),
    restingStatus: textColumn(),
    metadata: textColumn(),
    graphId: textColumn().nullable(),
    nextSeq: p.bigint('number'),
    nextPosition: p.bigint('number'),
    stateVersion: p.bigint('number'),
    /** From this seq on the log is whole; of what came before some rows may be left. */
    eventsFrom: p.bigint('number').defaultRaw('1'),
    /** Every checkpoint put up to this stateVersion was looked at when the thread was pruned last. */
    prunedVersion: p.bigint('number').defaultRaw('0'),
    claimableAt: p.bigint('number').nullable(),
    createdAt: p.bigint('number'),
    updatedAt: p.bigint('number'),
    stateUpdatedAt: p.bigint('number').defaultRaw('0'),
    temporary: p.integer().defaultRaw('0'),
    discardAt: p.bigint('number').nullable(),
    /** JSON: { strategy, minutes }. */
    ttl: textColumn().nullable(),
    expiresAt: p.bigint('number').nullable(),
    /** The last joint commit that wrote for a run of the thread. */
    lastBatch: textColumn().nullable(),
  },
  indexes: [
    // Partial, so that a claim and the next due time cost the same however many threads are at rest.
    { name: 'thread_claimable', properties: ['claimableAt'], where: '"claimable_at" is not null' },
    { name: 'thread_owner_claimable', properties: ['owner', 'claimableAt'], where: '"claimable_at" is not null' },
    { name: 'thread_discard', properties: ['discardAt'], where: '"discard_at" is not null' },
    { name: 'thread_expires', properties: ['expiresAt'], where: '"expires_at" is not null' },
    { name: 'thread_owner_created', properties: ['owner', 'createdAt', 'id'] },
    { name: 'thread_owner_updated', properties: ['owner', 'updatedAt', 'id'] },
  ],
});

export const threadRows = new RowMapper<Thread>({
  id: text('id'),
  owner: text('owner'),
  status: text('status'),
  restingStatus: text('resting_status'),
  metadata: json('metadata'),
  graphId: nullable(text('graph_id')),
  nextSeq: integer('next_seq'),
  nextPosition: integer('next_position'),
  stateVersion: integer('state_version'),
  eventsFrom: integer('events_from'),
  claimableAt: nullable(time('claimable_at')),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
  stateUpdatedAt: time('state_updated_at'),
  temporary: flag('temporary'),
  discardAt: nullable(time('discard_at')),
  ttl: nullable(json('ttl')),
  expiresAt: nullable(time('expires_at')),
});
