import type { Thread } from '../domain/thread.ts';
import { flag, integer, json, nullable, RowMapper, text, time } from './row-mapper.ts';

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
