import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { type HistoryOptions, playHistory } from './history.ts';
import { planOf } from './plan.ts';
import { PLANTED_BUGS } from './planted-bugs.ts';
import { tellFailure, tellPlan, tellTally } from './report.ts';
import { type Failure, Tally } from './series.ts';
import type { Posted, Work } from './worker.ts';

const USAGE = `npm run simulate -- [--histories N] [--seed S] [--workers W] [--bug NAME]
npm run simulate -- --replay SEED [--bug NAME]

  --histories  how many to play (10000)
  --seed       of the whole series (a random one, which is printed)
  --workers    threads to play them on (one for each core)
  --replay     play the history of one seed, step by step, and shrink it if it violates something
  --bug        plant a bug first: ${PLANTED_BUGS.join(', ')}`;

/** Failures that are told and shrunk; of the others only the number. */
const MAX_TOLD = 3;

class UsageError extends Error {}

function settings() {
  const { values } = parseArgs({
    options: {
      histories: { type: 'string', default: '10000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
      workers: { type: 'string', default: String(availableParallelism()) },
      replay: { type: 'string' },
      bug: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const bug = PLANTED_BUGS.find((name) => name === values.bug);
  if (values.bug !== undefined && bug === undefined)
    throw new UsageError(`--bug: there is no bug ${values.bug}`);
  return {
    help: values.help,
    histories: whole('--histories', values.histories, 1),
    series: whole('--seed', values.seed, 0),
    workers: whole('--workers', values.workers, 1),
    replay: values.replay === undefined ? null : whole('--replay', values.replay, 0),
    bug,
    options: (bug === undefined ? {} : { bugs: { [bug]: true } }) satisfies HistoryOptions,
  };
}

function whole(name: string, text: string, least: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= least && number < 2 ** 32) return number;
  throw new UsageError(`${name}: ${text} is no whole number from ${least} to ${2 ** 32 - 1}`);
}

type Settings = ReturnType<typeof settings>;

const replayOf = (seed: number, { bug }: Settings): string =>
  `npm run simulate -- --replay ${seed}${bug === undefined ? '' : ` --bug ${bug}`}`;

/** Plays the series on all workers; true when nothing was violated. */
async function simulate(asked: Settings): Promise<boolean> {
  const { histories, series, workers, options } = asked;
  console.log(`Series ${series}: ${histories} histories on ${workers} threads`);
  const startedMs = performance.now();
  const tally = new Tally();
  const failures: Failure[] = [];
  const progress = new Progress(histories);
  const play = (first: number) =>
    new Promise<void>((resolve, reject) => {
      const workerData: Work = { part: { series, first, stride: workers, end: histories }, options };
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { workerData });
      worker.on('message', (posted: Posted) => {
        if (posted.kind === 'played') {
          tally.join(posted);
          progress.tell(tally.histories);
          return;
        }
        failures.push(posted.failure);
        const { seed, violations } = posted.failure;
        console.log(`seed ${seed} violates ${violations[0]?.invariant}: ${violations[0]?.message}`);
      });
      worker.once('error', reject);
      worker.once('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: workers }, (_, first) => play(first)));
  console.log(tellTally(tally, (performance.now() - startedMs) / 1_000));
  if (tally.histories !== histories)
    throw new Error(`Only ${tally.histories} of ${histories} histories were played`);
  for (const failure of failures.slice(0, MAX_TOLD))
    console.log(`\n${await tellFailure(failure, options, replayOf(failure.seed, asked))}`);
  console.log(
    failures.length === 0
      ? 'No violation.'
      : `\n${failures.length} histories violate something: ${seeds(failures)}`,
  );
  return failures.length === 0;
}

/** Tells on stderr of each tenth of the histories that is done. */
class Progress {
  readonly #whole: number;
  #told = 0;

  constructor(whole: number) {
    this.#whole = whole;
  }

  tell(done: number): void {
    const tenth = Math.floor((done / this.#whole) * 10);
    if (tenth > this.#told && tenth < 10) console.error(`${done} of ${this.#whole}`);
    this.#told = Math.max(tenth, this.#told);
  }
}

const seeds = (failures: readonly Failure[]): string =>
  failures
    .slice(0, 50)
    .map(({ seed }) => seed)
    .join(', ');

/** Plays one history step by step; true when nothing was violated. */
async function replay(seed: number, asked: Settings): Promise<boolean> {
  const plan = planOf(seed);
  const { trace, violations, hash } = await playHistory(plan, { ...asked.options, trace: true });
  console.log([`The history of seed ${seed} (hash ${hash}):`, ...tellPlan(plan), ...trace].join('\n'));
  console.log(
    violations.length === 0
      ? 'No violation.'
      : `\n${await tellFailure({ seed, violations }, asked.options, replayOf(seed, asked))}`,
  );
  return violations.length === 0;
}

try {
  const asked = settings();
  if (asked.help) console.log(USAGE);
  else
    process.exitCode = (await (asked.replay === null ? simulate(asked) : replay(asked.replay, asked)))
      ? 0
      : 1;
} catch (error) {
  if (!(error instanceof UsageError) && !(error instanceof TypeError && 'code' in error)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
