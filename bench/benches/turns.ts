import { randomUUID } from 'node:crypto';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { type BareGraph, BareSavers } from '../bare-graph.ts';
import type { Bench } from '../bench.ts';
import { BenchService } from '../bench-service.ts';
import { atMost, type Figure, Series } from '../figure.ts';

/** Runs measured at either end of a thread. */
const WINDOW = 10;

type Measured = { readonly run: Series; readonly state: Series; readonly messages: Series };
/** Runs the thread's next turn; null: unmeasured, and without reading it. */
type Turn = (threadId: string, k: number, measured: Measured | null) => Promise<void>;

const series = (): Measured => ({ run: new Series(), state: new Series(), messages: new Series() });

/**
 * The k-th run of one thread, and the reading of its state: long threads' last ten turns, in turn with new
 * threads' first ten.
 */
export const turns: Bench = async (effort) => {
  await using service = await BenchService.start();
  await using savers = await BareSavers.open();
  const last = effort === 'full' ? 400 : 150;
  const product = await ends(servedTurn(service), () => service.thread(), { last, threads: 2 });
  const alone = await ends(bareTurn(savers.graph('trivial', savers.sqlite)), async () => randomUUID(), {
    last,
    threads: 1,
  });
  const names = { first: `k = 1…${WINDOW}`, last: `k = ${last - WINDOW + 1}…${last}` };
  return [
    ...growth('run', names, product, alone, 'run'),
    ...growth('thread.state', names, product, alone, 'state'),
    ...growth('thread.messages', names, product, null, 'messages'),
  ];
};

function servedTurn(service: BenchService): Turn {
  const { queries } = service.orchestrator;
  return async (threadId, k, measured) => {
    const runTurn = () => service.run(threadId, 'trivial', `What about ${k}?`);
    if (measured === null) return runTurn();
    const { run, state, messages } = measured;
    await run.time(runTurn);
    const thread = await queries.thread(DEFAULT_OWNER, threadId);
    if (thread === null) throw new Error('The thread is gone');
    await state.time(() => queries.state(thread, null, false));
    await messages.time(() => queries.messages(thread));
  };
}

function bareTurn(graph: BareGraph): Turn {
  return async (threadId, k, measured) => {
    const runTurn = () => graph.invoke(threadId, `What about ${k}?`);
    if (measured === null) return runTurn();
    const { run, state } = measured;
    await run.time(runTurn);
    await state.time(() => graph.getState(threadId));
  };
}

type Ends = { readonly first: Measured; readonly last: Measured };

/**
 * The long threads are there first, so that the machine's moods meet the first turns and the last ones alike.
 */
async function ends(
  turn: Turn,
  open: () => Promise<string>,
  { last, threads }: { last: number; threads: number },
): Promise<Ends> {
  const long: string[] = [];
  for (let made = 0; made < threads; made += 1) {
    const threadId = await open();
    const warmUp = series();
    for (let k = 1; k <= last - WINDOW; k += 1) await turn(threadId, k, k % 10 === 0 ? warmUp : null);
    long.push(threadId);
  }
  const measured = { first: series(), last: series() };
  for (const threadId of long) {
    const fresh = await open();
    for (let k = 1; k <= WINDOW; k += 1) {
      await turn(fresh, k, measured.first);
      await turn(threadId, last - WINDOW + k, measured.last);
    }
  }
  return measured;
}

type Names = { readonly first: string; readonly last: string };

function growth(
  what: string,
  names: Names,
  product: Ends,
  bare: Ends | null,
  kind: keyof Measured,
): Figure[] {
  const ratio = product.last[kind].summary.median / product.first[kind].summary.median;
  const figure = (end: 'first' | 'last', target: Figure['target']): Figure => {
    const { summary: value, cpuMs } = product[end][kind];
    const alone = bare?.[end][kind];
    return {
      name: `${what}, ${names[end]}`,
      unit: 'ms',
      value,
      cpuMs,
      bare:
        alone === undefined
          ? null
          : {
              name: 'LangGraph, SqliteSaver',
              value: alone.summary,
              ratio: value.median / alone.summary.median,
              cpuMs: alone.cpuMs,
            },
      target,
    };
  };
  return [
    figure('first', null),
    figure('last', {
      ...atMost('', ratio, 1.5, '× the first'),
      text: `≤ 1.5× the first (${ratio.toFixed(2)}×)`,
    }),
  ];
}
