import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import { configFaults, optionFaults } from '../../src/domain/run-options.ts';

const THREAD = '0198a000-0000-7000-8000-000000000000';
const paths = (config: JsonObject, threadId: string | null = THREAD) => configFaults(config, threadId).map(({ path }) => path.join('.'));

describe('a config', () => {
  test.each<JsonObject>([
    {},
    { max_concurrency: 1, recursion_limit: 1_000_000, tags: [], run_name: '', metadata: {}, durability: 'exit' },
    { max_concurrency: null, recursion_limit: null, tags: null, configurable: null, metadata: null, durability: null },
    { configurable: { thread_id: THREAD, checkpoint_ns: '', checkpoint_id: null, tenant: 1, __own: 1, run_id: 'x' } },
    { configurable: { thread_id: THREAD.toUpperCase() } },
    JSON.parse('{ "__proto__": 1, "anything": { "else": [] } }') as JsonObject,
  ])('of %j is accepted', (config) => {
    expect(configFaults(config, THREAD)).toEqual([]);
  });

  test.each<[JsonObject, string[]]>([
    [{ max_concurrency: 0 }, ['max_concurrency']],
    [{ max_concurrency: -3 }, ['max_concurrency']],
    [{ max_concurrency: 0.5 }, ['max_concurrency']],
    [{ max_concurrency: '5' }, ['max_concurrency']],
    [{ recursion_limit: 0, max_concurrency: [] }, ['max_concurrency', 'recursion_limit']],
    [
      { tags: 'a', metadata: [], run_name: 1, durability: 'soon', configurable: 'x' },
      ['configurable', 'metadata', 'tags', 'run_name', 'durability'],
    ],
    [{ tags: [1] }, ['tags']],
    [{ configurable: { __pregel_send: 1, checkpoint_map: {} } }, ['configurable.__pregel_send', 'configurable.checkpoint_map']],
    [{ configurable: { thread_id: 'other' } }, ['configurable.thread_id']],
    [{ configurable: { thread_id: 7 } }, ['configurable.thread_id']],
  ])('of %j is refused, and each place is named', (config, places) => {
    expect(paths(config)).toEqual(places);
  });

  test('for many threads names none', () => {
    expect(paths({ configurable: { thread_id: THREAD } }, null)).toEqual(['configurable.thread_id']);
  });

  test('says what it got', () => {
    expect(optionFaults({ max_concurrency: 0 })[0]?.message).toBe('must be a whole number greater than 0 (got 0)');
  });
});
