import { afterEach, expect, test } from 'vitest';
import { DueQueue } from '../../src/orchestrator/maintenance/due-queue.ts';
import type { Signal } from '../../src/orchestrator/ports/environment.ts';
import { AdvancingClock } from '../support/advancing-clock.ts';
import { RecordingLogger } from '../support/recording-logger.ts';
import { until } from '../support/until.ts';

type Piece = { readonly name: string; dueAtMs: number };

/** Pieces in memory, each of which is done when the test says so. */
class Scene implements AsyncDisposable {
  readonly clock = new AdvancingClock();
  readonly logger = new RecordingLogger();
  readonly claimed: string[] = [];
  readonly done: string[] = [];
  readonly #pieces: Piece[] = [];
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();
  #listener: (signal: Signal) => void = () => {};
  #work: DueQueue<Piece> | null = null;
  /** What another process holds for the moment. */
  locked = false;
  looks = 0;

  start(): this {
    this.#work = new DueQueue<Piece>({
      clock: this.clock,
      logger: this.logger,
      signals: {
        send: () => {},
        listen: (listener) => {
          this.#listener = listener;
          return { [Symbol.dispose]: () => {} };
        },
      },
      signal: 'webhook',
      claimDue: async (limit) => {
        if (this.locked) return [];
        const due = this.#pieces.filter(({ dueAtMs }) => dueAtMs <= this.#now).slice(0, limit);
        for (const piece of due) {
          piece.dueAtMs = Number.POSITIVE_INFINITY;
          this.claimed.push(piece.name);
        }
        return due;
      },
      dueInMs: async () => {
        this.looks += 1;
        const next = Math.min(...this.#pieces.map(({ dueAtMs }) => dueAtMs));
        return Number.isFinite(next) ? Math.max(0, next - this.#now) : null;
      },
      work: async ({ name }, stop) => {
        const end = Promise.withResolvers<void>();
        this.#ends.set(name, end);
        stop.addEventListener('abort', () => end.resolve());
        await end.promise;
        this.done.push(name);
      },
      log: { looking: 'looking failed', piece: 'a piece failed', of: ({ name }) => ({ name }) },
    });
    return this;
  }

  add(name: string, inMs = 0): void {
    this.#pieces.push({ name, dueAtMs: this.#now + inMs });
  }

  signal(kind: 'webhook' | 'cron' | 'resync'): void {
    this.#listener({ kind });
  }

  async end(name: string, error?: Error): Promise<void> {
    const end = await until(() => this.#ends.get(name), Boolean);
    if (error === undefined) end!.resolve();
    else end!.reject(error);
  }

  async claims(names: readonly string[]): Promise<void> {
    await until(() => this.claimed.length >= names.length, Boolean);
    expect(this.claimed).toEqual(names);
  }

  /** Resolves when it has looked that many times since the start. */
  async looked(times: number): Promise<void> {
    await until(() => this.looks >= times, Boolean);
  }

  get #now(): number {
    return this.clock.now().getTime();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#work?.[Symbol.asyncDispose]();
  }
}

let scene: Scene;
afterEach(() => scene[Symbol.asyncDispose]());

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `piece ${index}`);

test('what is due at the start, after its signal and after a resync is done, and a signal about other things does nothing', async () => {
  scene = new Scene();
  scene.add('first');
  scene.start();
  await scene.claims(['first']);

  await scene.looked(2);
  scene.add('second');
  const { looks } = scene;
  scene.signal('cron');
  expect(scene.looks).toBe(looks);
  scene.signal('webhook');
  await scene.claims(['first', 'second']);
  scene.add('third');
  scene.signal('resync');
  await scene.claims(['first', 'second', 'third']);
});

test('a piece that becomes due later is done then, while another is still being done', async () => {
  scene = new Scene().start();
  scene.add('slow');
  scene.add('later', 1_000);
  scene.signal('webhook');
  await scene.claims(['slow']);
  await scene.looked(3);

  await scene.clock.advance(1_001);

  await scene.claims(['slow', 'later']);
  expect(scene.done).toEqual([]);
});

test('without a signal it is found by the next sweep', async () => {
  scene = new Scene().start();
  await scene.looked(1);
  scene.add('silent');

  await until(
    async () => {
      await scene.clock.advance(5_000);
      return scene.claimed;
    },
    (claimed) => claimed.length > 0,
  );
});

test('no more than sixteen are done at once, and the next begins when one has ended', async () => {
  scene = new Scene();
  for (const name of numbered(20)) scene.add(name);
  scene.start();
  await scene.claims(numbered(16));

  await scene.end('piece 7');

  await scene.claims(numbered(17));
});

test('what another process is claiming is looked at again soon', async () => {
  scene = new Scene();
  scene.locked = true;
  scene.add('contested');
  scene.start();
  await scene.looked(3);

  scene.locked = false;

  await scene.claims(['contested']);
});

test('a piece that fails is logged and holds up nothing', async () => {
  scene = new Scene();
  scene.add('bad');
  scene.start();
  await scene.claims(['bad']);
  scene.add('good');

  await scene.end('bad', new Error('broken'));

  await scene.claims(['bad', 'good']);
  expect(scene.logger.lines).toEqual([
    { level: 'error', message: 'a piece failed', fields: { err: new Error('broken'), name: 'bad' } },
  ]);
});

test('disposed, it tells what is being done to stop, waits for it, and claims no more', async () => {
  scene = new Scene();
  scene.add('under way');
  scene.start();
  await scene.looked(2);

  await scene[Symbol.asyncDispose]();

  expect(scene.done).toEqual(['under way']);
  scene.add('too late');
  scene.signal('webhook');
  await scene.clock.advance(10_000);
  expect(scene.claimed).toEqual(['under way']);
});
