import { expect, test } from 'vitest';
import type { EventBody } from '../../src/domain/event.ts';
import { lastPublishedCheckpoint } from '../../src/domain/event.ts';

const checkpoint = (checkpointId: string, ns = ''): EventBody => ({ kind: 'CHECKPOINT', ns, checkpointId });
const values = (checkpointId: string): EventBody => ({ kind: 'VALUES', ns: '', checkpointId });
const reset = (checkpointId: string | null): EventBody => ({ kind: 'MESSAGES_RESET', checkpointId });

test.each<[name: string, bodies: EventBody[], told: string | null | undefined]>([
  ['no events', [], undefined],
  [
    'events that name no root checkpoint',
    [{ kind: 'RUN_QUEUED' }, checkpoint('sub', 'node:1'), values('v')],
    undefined,
  ],
  ['a root checkpoint', [checkpoint('c1'), checkpoint('sub', 'node:1')], 'c1'],
  ['several root checkpoints', [checkpoint('c1'), checkpoint('c2'), { kind: 'RUN_QUEUED' }], 'c2'],
  ['a reset after a checkpoint', [checkpoint('c1'), reset('r')], 'r'],
  ['a reset to empty', [checkpoint('c1'), reset(null)], null],
  ['a checkpoint after a reset', [reset(null), checkpoint('c2')], 'c2'],
])('%s: the conversation is published up to %3$s', (_name, bodies, told) => {
  expect(lastPublishedCheckpoint(bodies)).toBe(told);
});
