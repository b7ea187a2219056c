import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type ChaosOptions, type ChaosReport, commandOf, DEFAULTS, runChaos } from './run-chaos.ts';

const USAGE = `npm run chaos -- [--seed N] [--seconds N] [--database sqlite|postgres] [--messaging postgres|redis|nats]
                    [--faults-per-minute N] [--extra-kills N] [--processes N] [--clients N]

Clients use real server processes while these are killed, paused, terminated and started again and connections are cut. At the end, what
the clients saw and what the database holds is compared with the invariants of docs/architecture.md.
  --seed N       what is done when (default: at random; it is printed, and the same seed makes the same plan)
  --seconds N    how long (default: 30)
  --database D   sqlite: one process on a file. postgres: several (default: both, one after the other)
  --messaging M  on PostgreSQL: postgres, or redis or nats, a server of their own (default: redis)
  --faults-per-minute N  (default: ${DEFAULTS.faultsPerMinute})
  --extra-kills N  so many kills come beside one fault of each kind, again and again (default: ${DEFAULTS.extraKills})
  --processes N  server processes on PostgreSQL (default: 4)
  --clients N    typed clients, each with a WebSocket (default: 4)
Exits 1 when something contradicts an invariant; all that was observed is then in a file that is named.`;

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string', default: '30' },
    database: { type: 'string' },
    messaging: { type: 'string', default: 'redis' },
    'faults-per-minute': { type: 'string', default: String(DEFAULTS.faultsPerMinute) },
    'extra-kills': { type: 'string', default: String(DEFAULTS.extraKills) },
    processes: { type: 'string', default: '4' },
    clients: { type: 'string', default: '4' },
    help: { type: 'boolean', short: 'h' },
  },
});
if (values.help) {
  console.error(USAGE);
  process.exit(0);
}

const whole = (name: string, text: string, min: number): number => {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < min)
    refuse(`--${name} must be a whole number from ${min}, not ${text}`);
  return value;
};
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : whole('seed', values.seed, 0);
const messaging = engine(values.messaging);
const [seconds, faultsPerMinute, extraKills, processes, clients] = [
  whole('seconds', values.seconds, 1),
  whole('faults-per-minute', values['faults-per-minute'], 1),
  whole('extra-kills', values['extra-kills'], 0),
  whole('processes', values.processes, 3), // fewer are no API process, or no worker
  whole('clients', values.clients, 1),
];

for (const database of databases(values.database)) {
  const options: ChaosOptions = {
    seed,
    seconds,
    database,
    messaging,
    faultsPerMinute,
    extraKills,
    processes,
    clients,
  };
  const command = commandOf(options);
  console.log(`\n${command}`);
  await tell(database, command, await runChaos(options));
}
process.exit(); // at once: with the remains of so many cut connections Node was seen to tidy up for ever

function databases(name: string | undefined): readonly ('sqlite' | 'postgres')[] {
  if (name === undefined) return ['sqlite', 'postgres'];
  if (name === 'sqlite' || name === 'postgres') return [name];
  return refuse(`--database must be sqlite or postgres, not ${name}`);
}

function engine(name: string): ChaosOptions['messaging'] {
  if (name === 'postgres' || name === 'redis' || name === 'nats') return name;
  return refuse(`--messaging must be postgres, redis or nats, not ${name}`);
}

function refuse(message: string): never {
  console.error(`${message}\n\n${USAGE}`);
  process.exit(2);
}

async function tell(
  database: string,
  command: string,
  { violations, problems, errors, counts, observed }: ChaosReport,
): Promise<void> {
  for (const [name, count] of Object.entries(counts)) console.log(`  ${name.padEnd(34)} ${count}`);
  for (const [message, of] of Map.groupBy(errors, (error) => error.message))
    console.log(`  logged as an error ${of.length} times: ${message} (${of[0]?.detail})`);
  for (const problem of problems) console.log(`  PROBLEM ${problem}`);
  for (const { invariant, threadId, message } of violations)
    console.log(`  VIOLATION of ${invariant} on thread ${threadId}: ${message}`);
  if (violations.length === 0 && problems.length === 0) {
    console.log('  Nothing contradicts an invariant.');
    return;
  }
  process.exitCode = 1;
  const file = join(tmpdir(), `interject-chaos-${database}-${seed}.json`);
  await writeFile(file, JSON.stringify({ seed, violations, problems, errors, observed }, setsAsLists, 1));
  console.log(`  All that was observed: ${file}\n  Again: ${command}`);
}

function setsAsLists(_key: string, value: unknown): unknown {
  return value instanceof Set ? [...value] : value;
}
