import { expect, test } from 'vitest';
import { OpenedResources } from '../src/service.ts';

const closing = (name: string, closed: string[]): AsyncDisposable => ({
  [Symbol.asyncDispose]: async () => void closed.push(name),
});

test('closes what was opened, the last first, once', async () => {
  const closed: string[] = [];
  const opened = new OpenedResources();
  opened.use(closing('first', closed));
  opened.use({ [Symbol.dispose]: () => void closed.push('second') });

  await opened[Symbol.asyncDispose]();
  await opened[Symbol.asyncDispose]();

  expect(closed).toEqual(['second', 'first']);
});

test('closes nothing that was handed on', async () => {
  const closed: string[] = [];
  const opened = new OpenedResources();
  opened.use(closing('one', closed));
  const moved = opened.move();

  await opened[Symbol.asyncDispose]();
  expect(closed).toEqual([]);
  await moved[Symbol.asyncDispose]();
  expect(closed).toEqual(['one']);
});

test('closes the others when one can not be closed, and says why', async () => {
  const closed: string[] = [];
  const opened = new OpenedResources();
  opened.use(closing('first', closed));
  opened.use({ [Symbol.dispose]: () => expect.unreachable('stuck') });

  await expect(opened[Symbol.asyncDispose]()).rejects.toThrow('stuck');
  expect(closed).toEqual(['first']);
});
