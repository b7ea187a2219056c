import { defineEntity } from '@mikro-orm/core';
import type { Owner, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { ThreadStatus } from '../../domain/run.ts';
import type { RestingStatus, Thread, ThreadTtl } from '../../domain/thread.ts';
import { bigInteger, flag, json, text, time } from '../columns.ts';
import { type RowMapper, rowMapper } from '../row-mapper.ts';

export const ThreadRow = defineEntity({
  name: 'Thread',
  tableName: 'thread',
  properties: {
    id: text<ThreadId>().primary(),
    owner: text<Owner>(),
    status: text<ThreadStatus>(),
    restingStatus: text<RestingStatus>(),
    metadata: json<JsonObject>(),
    graphId: text().nullable(),
    nextSeq: bigInteger(),
    nextPosition: bigInteger(),
    stateVersion: bigInteger(),
    /** From this seq on the log is whole; of what came before some rows may be left. */
    eventsFrom: bigInteger().defaultRaw('1'),
    /** Every checkpoint put up to this stateVersion was looked at when the thread was pruned last. */
    prunedVersion: bigInteger().defaultRaw('0'),
    claimableAt: time().nullable(),
    createdAt: time(),
    updatedAt: time(),
    stateUpdatedAt: time().defaultRaw('0'),
    temporary: flag().defaultRaw('0'),
    discardAt: time().nullable(),
    ttl: json<ThreadTtl>().nullable(),
    expiresAt: time().nullable(),
    /** The last joint commit that wrote for a run of the thread. */
    lastBatch: text().nullable(),
  },
  indexes: [
    // Partial, so that a claim and the next due time cost the same however many threads are at rest.
    { name: 'thread_claimable', properties: ['claimableAt'], where: '"claimable_at" is not null' },
    {
      name: 'thread_owner_claimable',
      properties: ['owner', 'claimableAt'],
      where: '"claimable_at" is not null',
    },
    { name: 'thread_discard', properties: ['discardAt'], where: '"discard_at" is not null' },
    { name: 'thread_expires', properties: ['expiresAt'], where: '"expires_at" is not null' },
    { name: 'thread_owner_created', properties: ['owner', 'createdAt', 'id'] },
    { name: 'thread_owner_updated', properties: ['owner', 'updatedAt', 'id'] },
  ],
});

export const threadRows: RowMapper<Thread, typeof ThreadRow> = rowMapper(ThreadRow, [
  'prunedVersion',
  'lastBatch',
]);
