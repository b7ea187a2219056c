import { expect, test } from 'vitest';
import { CheckpointMemory } from '../../../src/storage/checkpoints/memory/checkpoint-memory.ts';
import type { StoredCheckpoint } from '../../../src/storage/checkpoints/records/stored-checkpoint.ts';

const ROOMY = { maxSize: 1_000_000, maxThreads: 100 };

const checkpoint = (id: string, size = 10): StoredCheckpoint => ({
  ns: '',
  id,
  parentId: null,
  body: 'x'.repeat(size),
  metadata: '',
  versions: {},
  values: new Map(),
  fresh: [],
  writes: [],
  parentSends: null,
});

const put = (memory: CheckpointMemory, threadId: string, version: number, id: string, ns = '') =>
  memory.follow(threadId, version, (heads) => heads.set(ns, checkpoint(id)));
const headOf = (memory: CheckpointMemory, threadId: string, ns = '') =>
  memory.of(threadId)?.heads.get(ns)?.id;

test('writes in sequence are followed; after one that was missed, only what the next one wrote is known', () => {
  const memory = new CheckpointMemory(ROOMY);
  put(memory, 't', 1, 'root');
  put(memory, 't', 2, 'inner', 'inner');
  expect([headOf(memory, 't'), headOf(memory, 't', 'inner')]).toEqual(['root', 'inner']);

  put(memory, 't', 4, 'newer', 'inner');

  expect([headOf(memory, 't'), headOf(memory, 't', 'inner')]).toEqual([undefined, 'newer']);
  expect(memory.of('t')?.version).toBe(4);
});

test('a write that is reported late does not bring an older head back', () => {
  const memory = new CheckpointMemory(ROOMY);
  put(memory, 't', 1, 'one');
  memory.supersede('t', 3);

  put(memory, 't', 2, 'two');

  expect(headOf(memory, 't')).toBeUndefined();
});

test('a read that saw less than what was written since is not learnt from', () => {
  const memory = new CheckpointMemory(ROOMY);
  const { deletions } = memory;
  memory.supersede('t', 5);

  memory.learn('t', 4, '', checkpoint('old'), deletions);
  expect(headOf(memory, 't')).toBeUndefined();
  memory.learn('t', 5, '', checkpoint('new'), deletions);
  expect(headOf(memory, 't')).toBe('new');
});

test('a read that began before a thread was deleted is not learnt from', () => {
  const memory = new CheckpointMemory(ROOMY);
  const { deletions } = memory;
  memory.forget('t');

  memory.learn('t', 7, '', checkpoint('of the deleted thread'), deletions);

  expect(memory.of('t')).toBeUndefined();
});

test('a proposal counts only once it is decided, and not when something came between', () => {
  const memory = new CheckpointMemory(ROOMY);
  const proposal = { heads: new Map([['', checkpoint('proposed')]]), proof: { ns: '', id: 'proposed' } };
  memory.supersede('t', 2, proposal);
  const remembered = memory.of('t')!;
  expect(headOf(memory, 't')).toBeUndefined();

  memory.decide('t', remembered, true);
  expect(headOf(memory, 't')).toBe('proposed');
  memory.supersede('t', 3);
  memory.decide('t', remembered, true);
  expect(headOf(memory, 't')).toBeUndefined();
});

test('the threads longest unused are forgotten when there are too many, or too much of them', () => {
  const few = new CheckpointMemory({ ...ROOMY, maxThreads: 2 });
  const small = new CheckpointMemory({ ...ROOMY, maxSize: 250 });
  for (const memory of [few, small]) {
    put(memory, 'a', 1, 'a');
    put(memory, 'b', 1, 'b');
    memory.of('a');
    put(memory, 'c', 1, 'c');
    put(memory, 'd', 1, 'd');
  }

  expect(['a', 'b', 'c', 'd'].filter((id) => few.of(id) !== undefined)).toEqual(['c', 'd']);
  expect(['a', 'b', 'c', 'd'].filter((id) => small.of(id) !== undefined)).toEqual(['a', 'c', 'd']);
});

test('a checkpoint that is larger than all of memory is not kept, but its version is', () => {
  const memory = new CheckpointMemory({ ...ROOMY, maxSize: 100 });

  memory.follow('t', 1, (heads) => heads.set('', checkpoint('large', 1_000)));

  expect(memory.of('t')).toMatchObject({ version: 1, heads: new Map() });
});
