import { describe, expect, test } from 'vitest';
import { hasPostgres } from '../support/postgres.ts';
import { hasRedis } from '../support/signal-engines.ts';
import { type Planned, planChaos } from './plan.ts';
import { type ChaosOptions, commandOf, faultsOf, runChaos } from './run-chaos.ts';

// The short form of `npm run chaos`: few processes are started anew, which is what takes long.
const SHORT = { clients: 3, messaging: 'redis', extraKills: 1 } as const;
const SQLITE: ChaosOptions = {
  ...SHORT,
  database: 'sqlite',
  seed: 34_651,
  seconds: 3,
  faultsPerMinute: 100,
  processes: 1,
};
const POSTGRES: ChaosOptions = {
  ...SHORT,
  database: 'postgres',
  seed: 20_620,
  seconds: 4,
  faultsPerMinute: 120,
  processes: 3,
};

const RUNS = [SQLITE, ...(hasPostgres && hasRedis ? [POSTGRES] : [])];
const ACTIONS = [
  'create',
  'repeat',
  'conflict',
  'resume',
  'cancel',
  'delete',
  'join',
  'state',
  'follow-thread',
  'follow-run',
];
const WISHES = ['say', 'tools', 'ask', 'deep', 'delegate', 'hold', 'fail', 'timer'];

describe.each(RUNS)('clients that use $processes server processes on $database', (options) => {
  test('see nothing that contradicts an invariant, whatever is done to the servers', {
    timeout: 240_000,
  }, async () => {
    const { violations, problems, counts } = await runChaos(options);

    expect({ violations, problems }, commandOf(options)).toEqual({ violations: [], problems: [] });
    expect(counts).toMatchObject({
      acceptedRuns: expect.toSatisfy((count: number) => count > counts['threads']!),
    });
    expect(counts['killed']).toBeGreaterThan(0);
  });
});

describe('a plan', () => {
  const planOf = (options: ChaosOptions): Planned[] => planChaos({ ...options, faults: faultsOf(options) });
  const wishesOf = (plan: readonly Planned[]) =>
    plan.flatMap((planned) => (planned.do === 'create' ? [planned.wish] : []));
  const sorted = (names: readonly string[]) => [...new Set(names)].sort();

  test('follows from its seed', () => {
    expect(planOf({ ...POSTGRES, seed: 5 })).toEqual(planOf({ ...POSTGRES, seed: 5 }));
    expect(planOf({ ...POSTGRES, seed: 5 })).not.toEqual(planOf({ ...POSTGRES, seed: 6 }));
  });

  test.each([SQLITE, POSTGRES])(
    'of the short form on $database has every fault, and all that clients do and ask for',
    (options) => {
      const plan = planOf(options);

      expect(sorted(plan.map((planned) => planned.do))).toEqual(sorted([...faultsOf(options), ...ACTIONS]));
      expect(sorted(wishesOf(plan))).toEqual(sorted(WISHES));
    },
  );
});
