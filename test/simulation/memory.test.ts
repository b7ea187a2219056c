import { expect, test } from 'vitest';
import type { Store } from '../../src/orchestrator/ports/store.ts';
import { signalsContract } from '../contract/signals.contract.ts';
import { storeContract } from '../contract/store.contract.ts';
import { custom, givenRunning, seqs } from '../contract/store-data.ts';
import { type CallFault, Faults } from './faults.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MemoryStore } from './memory-store.ts';
import { simulatedCalls } from './simulated-calls.ts';

storeContract('the simulation’s database', async (onCommitted) => {
  const calls = simulatedCalls(1);
  const store: Store = new MemoryStore(new MemoryDatabase(calls.world), calls, onCommitted);
  return { store, [Symbol.asyncDispose]: async () => {} };
});

signalsContract('the simulation’s network', async () => {
  const { world, life } = simulatedCalls(1);
  const network = new MemoryNetwork(world);
  return { ...network.of(life), [Symbol.asyncDispose]: async () => network.disconnect(life) };
});

/** A claim of a running run, whose next transactions meet these faults. */
async function facing(...faults: readonly CallFault[]) {
  const planned = new Faults();
  const calls = simulatedCalls(1, planned);
  const store = new MemoryStore(new MemoryDatabase(calls.world), calls);
  const { thread, claim } = await givenRunning(store);
  const coming = [...faults];
  planned.next = (writes) => (writes ? (coming.shift() ?? null) : null);
  const append = (data: string) => store.append(claim, [custom(data)]);
  return { append, logged: async () => seqs(await store.reads.events(thread.id, 0, 10)) };
}

test('the simulation’s commits: what is queued behind a failed append is refused with it, as in a group commit', async () => {
  const { append, logged } = await facing({ kind: 'DELAY', ms: 5 }, { kind: 'FAIL_BEFORE' });
  await append('kept');
  const failed = append('lost');
  const behind = failed.catch(() => append('behind'));

  const results = await Promise.allSettled([failed, behind]);

  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await logged()).toEqual([1]);
});

test('the simulation’s commits: a commit whose answer is lost is stored once, and one whose fate stays unknown is not repeated', async () => {
  const answerLost = await facing({ kind: 'FAIL_AFTER' });
  await Promise.all([answerLost.append('one'), answerLost.append('two')]);
  const unknown = await facing({ kind: 'FAIL_AFTER' }, { kind: 'FAIL_BEFORE' });
  const results = await Promise.allSettled([unknown.append('one'), unknown.append('two')]);

  expect(await answerLost.logged()).toEqual([1, 2]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await unknown.logged()).toEqual([1, 2]);
});
