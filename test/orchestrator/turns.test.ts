import { describe, expect, test } from 'vitest';
import { Turns } from '../../src/orchestrator/commands/run-request.ts';

/** Calls that end when the test lets them, and which of them have begun. */
function calls() {
  const turns = new Turns();
  const begun: string[] = [];
  const take = (key: string | null, name: string) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const taken = turns.take(key, () => {
      begun.push(name);
      return promise;
    });
    return { taken, end: () => resolve(name), fail: () => reject(new Error(name)) };
  };
  return { begun, take };
}

describe('turns', () => {
  test('one key: each begins when the one before it has ended', async () => {
    const { begun, take } = calls();
    const [first, second, third] = ['1', '2', '3'].map((name) => take('k', name)) as ReturnType<
      typeof take
    >[];

    expect(begun).toEqual(['1']);
    first!.end();
    await first!.taken;
    expect(begun).toEqual(['1', '2']);
    second!.end();
    await second!.taken;
    expect(begun).toEqual(['1', '2', '3']);
    third!.end();
    expect(await third!.taken).toBe('3');
  });

  test('one that fails lets the next begin', async () => {
    const { begun, take } = calls();
    const first = take('k', '1');
    const second = take('k', '2');

    first.fail();

    await expect(first.taken).rejects.toThrow('1');
    second.end();
    expect(await second.taken).toBe('2');
    expect(begun).toEqual(['1', '2']);
  });

  test('other keys, and none, do not wait', () => {
    const { begun, take } = calls();

    for (const [index, key] of ['k', 'l', null, null].entries()) take(key, `${index}`);

    expect(begun).toEqual(['0', '1', '2', '3']);
  });
});
