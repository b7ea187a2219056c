import { describe, expect, test } from 'vitest';
import { hasPostgres } from '../support/postgres.ts';
import { hasRedis } from '../support/signal-engines.ts';
import { planChaos } from './plan.ts';
import { type ChaosOptions, runChaos } from './run-chaos.ts';

// The short form of `npm run chaos`. Of this seed each kind of fault comes at least once, a kill first, and few processes are started anew, which is
// what takes long.
const SHORT = { clients: 3, seed: 2_408 } as const;
const RUNS: readonly (ChaosOptions & { readonly isThere: boolean })[] = [
  { ...SHORT, database: 'sqlite', seconds: 4, processes: 1, isThere: true },
  { ...SHORT, database: 'postgres', seconds: 5, processes: 3, isThere: hasPostgres && hasRedis },
];

describe.each(RUNS.filter(({ isThere }) => isThere))('clients that use $processes server processes on $database', (options) => {
  test('see nothing that contradicts an invariant, whatever is done to the servers', { timeout: 240_000 }, async () => {
    const { violations, problems, counts } = await runChaos(options);

    const again = `npm run chaos -- --seed ${options.seed} --seconds ${options.seconds} --database ${options.database} --processes 3 --clients 3`;
    expect({ violations, problems }, again).toEqual({ violations: [], problems: [] });
    expect(counts).toMatchObject({ acceptedRuns: expect.toSatisfy((count: number) => count > counts['threads']!) });
    expect(counts['killed']).toBeGreaterThan(0);
  });
});

describe('a plan', () => {
  const options = { seconds: 20, processes: 4, clients: 4, faults: ['kill', 'pause', 'terminate', 'cut', 'restart-messaging'] } as const;

  test('follows from its seed', () => {
    expect(planChaos({ ...options, seed: 5 })).toEqual(planChaos({ ...options, seed: 5 }));
    expect(planChaos({ ...options, seed: 5 })).not.toEqual(planChaos({ ...options, seed: 6 }));
  });

  test('has every fault and every thing that a client does', () => {
    const done = new Set(planChaos({ ...options, seed: 1 }).map((planned) => planned.do));

    const actions = ['create', 'repeat', 'conflict', 'resume', 'cancel', 'join', 'state', 'follow-thread', 'follow-run'];
    expect([...done].sort()).toEqual([...options.faults, ...actions].sort());
  });
});
