import { expect, test } from 'vitest';
import { SteadyTime } from '../../src/storage/sqlite/session.ts';

/** A machine whose date somebody changes while its monotonic clock runs. */
class Machine {
  dateMs = 1_000_000;
  uptimeMs = 0;

  readonly time = new SteadyTime({
    now: () => new Date(this.dateMs),
    monotonicMs: () => this.uptimeMs,
    sleep: () => Promise.reject(new Error('It only tells the time')),
    nextTurn: () => Promise.reject(new Error('It only tells the time')),
    timer: () => {
      throw new Error('It only tells the time');
    },
  });

  pass(ms: number): void {
    this.dateMs += ms;
    this.uptimeMs += ms;
  }

  now(): number {
    return this.time.now().getTime();
  }
}

test('the time is the date', () => {
  const machine = new Machine();

  const times = [machine.now()];
  machine.pass(250);
  times.push(machine.now());

  expect(times).toEqual([1_000_000, 1_000_250]);
});

test('a date that is set back does not take the time back: it goes on at its pace until the date has caught up', () => {
  const machine = new Machine();
  const before = machine.now();

  machine.dateMs -= 10_000;
  const after = machine.now();
  machine.pass(4_000);
  const later = machine.now();
  machine.dateMs += 20_000;

  expect([after - before, later - before]).toEqual([0, 4_000]);
  expect(machine.now()).toBe(machine.dateMs);
});

test('a date that is put forward is followed', () => {
  const machine = new Machine();
  const before = machine.now();

  machine.dateMs += 3_600_000;

  expect(machine.now() - before).toBe(3_600_000);
});
