import { expect, test, vi } from 'vitest';
import type { RunId } from '../../src/domain/ids.ts';
import { StopRegistry } from '../../src/orchestrator/execution/stop-registry.ts';

const run = (name: string | number): RunId => String(name) as RunId;

test('a stop signal reaches the registered run, and no other', () => {
  const board = new StopRegistry();
  const [one, other] = [vi.fn(), vi.fn()];
  using _one = board.register(run('one'), one);
  using _other = board.register(run('other'), other);

  board.stop(run('one'));

  expect(one).toHaveBeenCalledTimes(1);
  expect(other).not.toHaveBeenCalled();
});

test('a stop signal that comes before its run is registered stops it at once, and one execution only', () => {
  const board = new StopRegistry();
  const [first, second] = [vi.fn(), vi.fn()];
  board.stop(run('one'));

  board.register(run('one'), first)[Symbol.dispose]();
  using _again = board.register(run('one'), second);

  expect(first).toHaveBeenCalledTimes(1);
  expect(second).not.toHaveBeenCalled();
});

test('a run that is no longer registered is not called', () => {
  const board = new StopRegistry();
  const stop = vi.fn();
  board.register(run('one'), stop)[Symbol.dispose]();

  board.stop(run('one'));

  expect(stop).not.toHaveBeenCalled();
});

test('of early signals the newest thousand are remembered', () => {
  const board = new StopRegistry();
  for (let index = 0; index <= 1_000; index += 1) board.stop(run(index));
  const [oldest, next] = [vi.fn(), vi.fn()];

  board.register(run(0), oldest);
  board.register(run(1), next);

  expect(oldest).not.toHaveBeenCalled();
  expect(next).toHaveBeenCalledTimes(1);
});
