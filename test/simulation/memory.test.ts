import type { Store } from '../../src/orchestrator/ports/store.ts';
import { signalsContract } from '../contract/signals.contract.ts';
import { storeContract } from '../contract/store.contract.ts';
import { MemoryDatabase } from './memory-database.ts';
import { MemoryNetwork } from './memory-network.ts';
import { MemoryStore } from './memory-store.ts';
import { simulatedCalls } from './simulated-calls.ts';

storeContract('the simulation’s database', async () => {
  const calls = simulatedCalls(1);
  const store: Store = new MemoryStore(new MemoryDatabase(calls.world), calls);
  return { store, [Symbol.asyncDispose]: async () => {} };
});

signalsContract('the simulation’s network', async () => {
  const { world, life } = simulatedCalls(1);
  const network = new MemoryNetwork(world);
  return { ...network.of(life), [Symbol.asyncDispose]: async () => network.disconnect(life) };
});
