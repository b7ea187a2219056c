import type { Bench } from './bench.ts';

/** Each is imported only where it runs, so that the others' modules are in nobody's memory figures. */
const LOADERS: Readonly<Record<string, () => Promise<Bench>>> = {
  'create-join': async () => (await import('./benches/create-join.ts')).createJoin,
  'first-event': async () => (await import('./benches/first-event.ts')).firstEvent,
  streaming: async () => (await import('./benches/streaming.ts')).streaming,
  interrupt: async () => (await import('./benches/interrupt.ts')).interrupt,
  throughput: async () => (await import('./benches/throughput.ts')).throughput,
  turns: async () => (await import('./benches/turns.ts')).turns,
  'fan-out': async () => (await import('./benches/fan-out.ts')).fanOut,
  subscribers: async () => (await import('./benches/subscribers.ts')).subscribers,
  storage: async () => (await import('./benches/storage.ts')).storage,
  memory: async () => (await import('./benches/memory.ts')).memory,
  processes: async () => (await import('./benches/processes.ts')).processes,
  signals: async () => (await import('./benches/signals.ts')).signals,
  takeover: async () => (await import('./benches/takeover.ts')).takeover,
  'langgraph-api': async () => (await import('./benches/langgraph-api.ts')).langgraphApi,
};

/** The names that the command line takes, in the order in which they run. */
export const BENCHES: readonly string[] = Object.keys(LOADERS);

export async function loadBench(name: string): Promise<Bench> {
  const load = LOADERS[name];
  if (load === undefined) throw new RangeError(`There is no bench ${name}`);
  return load();
}
