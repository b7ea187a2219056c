import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageJson } from '../../src/domain/message.ts';
import { STOPPED } from '../../src/graphs/reconcile/tool-calls.ts';
import { PrivateEngine } from '../support/private-engine.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { TestDatabase } from '../support/test-database.ts';
import { Balancer } from './balancer.ts';
import { ChaosClient } from './chaos-client.ts';
import { closeThreads, comeToRest } from './closing.ts';
import { Faults } from './faults.ts';
import { Fleet, type LoggedError } from './fleet.ts';
import { PRIVATE } from './graphs/private.ts';
import { findViolations } from './history/check.ts';
import type { FinalThread, Observed, Violation } from './history/observed.ts';
import { type FaultKind, type Planned, planChaos } from './plan.ts';
import { readRows } from './rows.ts';
import { World } from './world.ts';

export type ChaosOptions = {
  readonly seed: number;
  /** How long things are done and broken; starting, coming to rest and checking take some more. */
  readonly seconds: number;
  readonly database: 'sqlite' | 'postgres';
  /**
   * What carries signals between processes on PostgreSQL. Redis and NATS servers are the run's own, and
   * restarted.
   */
  readonly messaging: 'postgres' | 'redis' | 'nats';
  readonly faultsPerMinute: number;
  /** Beside one fault of each kind, again and again. */
  readonly extraKills: number;
  /** Server processes; one on SQLite. */
  readonly processes: number;
  readonly clients: number;
};

export type ChaosReport = {
  /** What contradicts an invariant of the service. */
  readonly violations: readonly Violation[];
  /**
   * What else should not have happened: a process that exits by itself, an answer that no client should get,
   * …
   */
  readonly problems: readonly string[];
  /** What the servers logged as errors, which a broken connection may well make them do. */
  readonly errors: readonly LoggedError[];
  readonly counts: Readonly<Record<string, number>>;
  readonly observed: Observed;
};

export const DEFAULTS = { faultsPerMinute: 66, extraKills: 1 } as const;

/** What can be broken there. */
export function faultsOf({
  database,
  messaging,
}: Pick<ChaosOptions, 'database' | 'messaging'>): readonly FaultKind[] {
  const faults = ['kill', 'pause', 'terminate', 'cut'] as const;
  if (database === 'sqlite') return faults;
  return [
    ...faults,
    'cut-database',
    'sever-database',
    ...(messaging === 'postgres' ? [] : (['restart-messaging'] as const)),
  ];
}

/**
 * How long may pass without an answer when everything works again: joins wait for runs, which wait for leases
 * that end and begin anew.
 */
const ANSWER_MS = 60_000;

/** What plays the same plan again. */
export function commandOf({
  seed,
  seconds,
  database,
  messaging,
  faultsPerMinute,
  extraKills,
  processes,
  clients,
}: ChaosOptions): string {
  const shared = database === 'postgres' ? ` --messaging ${messaging} --processes ${processes}` : '';
  const options = `--seed ${seed} --seconds ${seconds} --database ${database}${shared}`;
  return `npm run chaos -- ${options} --faults-per-minute ${faultsPerMinute} --extra-kills ${extraKills} --clients ${clients}`;
}

/**
 * Plays a plan: clients use real server processes while these are killed, paused and restarted and their
 * connections are cut. Then lets everything come to rest and compares what the clients saw and what the
 * database holds with the invariants.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  await using database = await TestDatabase.create(options.database);
  const isShared = options.database === 'postgres';
  await using engine =
    isShared && options.messaging !== 'postgres' ? await PrivateEngine.start(options.messaging) : null;
  await using link = isShared ? await TcpProxy.before(database.url) : null;
  await using balancer = await Balancer.start();
  const processes = isShared ? options.processes : 1;
  await using fleet = await Fleet.start({
    database: link === null ? database.url : database.through(link.port),
    processes,
    messaging: engine?.url ?? null,
    isShared,
    balancer,
  });
  const faults = new Faults({ fleet, balancer, database, link, engine });
  const world = new World();
  const leave = new AbortController();
  const clients = Array.from(
    { length: options.clients },
    (_, n) => new ChaosClient(`client-${n}`, balancer.url, world, leave.signal),
  );

  const plan = planChaos({ ...options, processes, faults: faultsOf(options) });
  const calls = await play(plan, clients, faults, world);
  await faults.healed();
  let finals: FinalThread[] = [];
  try {
    await answered(calls, world);
    await comeToRest((text) => database.query(text));
    finals = await closeThreads(world, clients, (text) => database.query(text));
  } catch (error) {
    world.problems.push(String(error));
  }
  leave.abort();
  await Promise.all(world.followers.map(({ done }) => done));
  await fleet.stop();

  const rows = await readRows((text) => database.query(text));
  const subscriptions = world.followers.map((follower) => follower.subscription());
  const observed: Observed = { calls: world.calls, subscriptions, rows, finals };
  return {
    violations: findViolations(observed),
    problems: [...world.problems, ...fleet.problems],
    errors: fleet.errors,
    counts: { ...countsOf(observed), reconnects: world.reconnects, ...fleet.counts, ...faults.counts },
    observed,
  };
}

/** Does everything at its time; returns the calls that are still under way, by what they were for. */
async function play(
  plan: readonly Planned[],
  clients: readonly ChaosClient[],
  faults: Faults,
  world: World,
): Promise<Map<Promise<void>, string>> {
  const underWay = new Map<Promise<void>, string>();
  const beganAtMs = performance.now();
  for (const planned of plan) {
    await sleep(Math.max(0, beganAtMs + planned.atMs - performance.now()));
    const doing = 'client' in planned ? clients[planned.client]?.perform(planned) : faults.inflict(planned);
    if (doing === undefined) continue;
    const what = JSON.stringify(planned);
    const done = doing.catch((error: unknown) => {
      world.problems.push(`${what} failed: ${error instanceof Error ? error.stack : String(error)}`);
    });
    underWay.set(done, what);
    void done.then(() => underWay.delete(done));
  }
  return underWay;
}

/** Now that nothing is broken any more, every call must get its answer. */
async function answered(calls: ReadonlyMap<Promise<void>, string>, world: World): Promise<void> {
  while (calls.size > 0) {
    const late = new AbortController();
    const isLate = sleep(ANSWER_MS, true, { signal: late.signal }).catch(() => false);
    const isOver = await Promise.race([Promise.race(calls.keys()).then(() => false), isLate]);
    late.abort();
    if (isOver) break;
  }
  for (const what of calls.values()) world.problems.push(`No answer though everything works again: ${what}`);
}

function countsOf({ calls, subscriptions, rows, finals }: Observed): Record<string, number> {
  const creates = calls.filter((call) => call.op === 'createRun');
  const accepted = new Set(
    creates.flatMap(({ outcome }) => (outcome.kind === 'accepted' ? [outcome.runId] : [])),
  );
  const timers = new Set(creates.filter(({ wish }) => wish === 'timer').map(({ label }) => label));
  const ended = Object.entries(
    Object.groupBy(rows.runs, ({ status, endReason }) => `${status}/${endReason}`),
  );
  return {
    threads: rows.threads.length,
    requests: calls.length,
    lostAnswers: calls.filter(({ outcome }) => outcome.kind === 'lost').length,
    acceptedRuns: accepted.size,
    refusedRuns: creates.filter(({ outcome }) => outcome.kind === 'refused').length,
    storedRuns: rows.runs.length,
    ...Object.fromEntries(ended.map(([name, runs]) => [`ended ${name}`, runs?.length ?? 0])),
    rolledBackRuns: rows.events.filter(({ kind }) => kind === 'RUN_ROLLED_BACK').length,
    deletedRuns: calls.filter(({ op, outcome }) => op === 'deleteRun' && outcome.kind === 'deleted').length,
    callsAnsweredAsStopped: finals.flatMap(({ state }) => state?.messages ?? []).filter(isStopped).length,
    toldBySubagents: rows.events.filter(({ text }) => text?.startsWith(PRIVATE)).length,
    failedFromTimers: rows.runs.filter(({ label, status }) => status === 'ERROR' && timers.has(label)).length,
    takeovers: rows.runs.reduce((sum, { attempt }) => sum + Math.max(0, attempt - 1), 0),
    checkpoints: rows.checkpoints.length,
    eventsInLog: rows.events.length,
    subscriptions: subscriptions.length,
    eventsDelivered: subscriptions.reduce((sum, { events }) => sum + events.length, 0),
  };
}

const isStopped = ({ type, content }: MessageJson): boolean => type === 'tool' && content === STOPPED;
