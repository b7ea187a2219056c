import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/domain/json.ts';
import {
  configFaults,
  DEFAULT_RUN_OPTIONS,
  namesBreakpoints,
  runOptions,
} from '../../src/domain/run-options.ts';

const THREAD = '0198a000-0000-7000-8000-000000000000';
const paths = (config: JsonObject, threadId: string | null = THREAD) =>
  configFaults(config, threadId).map(({ path }) => path.join('.'));

describe('a config', () => {
  test.each<JsonObject>([
    {},
    {
      max_concurrency: 1,
      recursion_limit: 1_000_000,
      tags: [],
      run_name: '',
      metadata: {},
      durability: 'exit',
    },
    {
      max_concurrency: null,
      recursion_limit: null,
      tags: null,
      configurable: null,
      metadata: null,
      durability: null,
    },
    {
      configurable: {
        thread_id: THREAD,
        checkpoint_ns: '',
        checkpoint_id: null,
        tenant: 1,
        __own: 1,
        run_id: 'x',
      },
    },
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
    [
      { configurable: { __pregel_send: 1, checkpoint_map: {} } },
      ['configurable.__pregel_send', 'configurable.checkpoint_map'],
    ],
    [{ configurable: { thread_id: 'other' } }, ['configurable.thread_id']],
    [{ configurable: { thread_id: 7 } }, ['configurable.thread_id']],
  ])('of %j is refused, and each place is named', (config, places) => {
    expect(paths(config)).toEqual(places);
  });

  test('for many threads names none', () => {
    expect(paths({ configurable: { thread_id: THREAD } }, null)).toEqual(['configurable.thread_id']);
  });

  test.each<[JsonObject, string[]]>([
    [{ max_concurrency: 0 }, ['must be a whole number greater than 0 (got 0)']],
    [{ max_concurrency: 'x' }, ['must be a whole number greater than 0 (got a string)']],
    [{ recursion_limit: [] }, ['must be a whole number greater than 0 (got a list)']],
    [{ recursion_limit: {} }, ['must be a whole number greater than 0 (got an object)']],
    [{ configurable: [] }, ['must be a JSON object']],
    [{ metadata: 'x' }, ['must be a JSON object']],
    [{ tags: ['a', 1] }, ['must be a list of strings']],
    [{ tags: 'a' }, ['must be a list of strings']],
    [{ tags: ['a', 'b'] }, []],
    [{ tags: [] }, []],
    [{ run_name: 1 }, ['must be a string']],
    [{ durability: 'now' }, ['must be one of sync, async, exit']],
    [{ durability: 'sync' }, []],
    [{ durability: 'async' }, []],
    [{ durability: 'exit' }, []],
    [{ tags: null, run_name: null }, []],
    [
      { configurable: { __pregel_read: 1 } },
      ['is reserved for LangGraph, like all keys that begin with __pregel_'],
    ],
    [
      { configurable: { checkpoint_id: 'x' } },
      ['is reserved: pass the checkpoint as a field of the request'],
    ],
    [{ configurable: { checkpoint_ns: '' } }, []],
    [{ configurable: { thread_id: 'x' } }, ["must be omitted or equal to the run's thread"]],
  ])('%j: %j', (config, messages) => {
    expect(configFaults(config, THREAD).map(({ message }) => message)).toEqual(messages);
  });

  test('does not repeat a long key', () => {
    expect(configFaults({ configurable: { [`__pregel_${'x'.repeat(200)}`]: 1 } }, THREAD)[0]?.path).toEqual([
      'configurable',
      `__pregel_${'x'.repeat(91)}`,
    ]);
  });
});

describe("a run's options", () => {
  const chosen = {
    ...DEFAULT_RUN_OPTIONS,
    interruptBefore: ['a'],
    interruptAfter: ['*'],
    recordEvents: true,
  };

  test('are the defaults where a request leaves them out or has null', () => {
    expect(runOptions({})).toEqual(DEFAULT_RUN_OPTIONS);
    expect(runOptions({ interruptBefore: null, interruptAfter: undefined, recordEvents: null })).toEqual(
      DEFAULT_RUN_OPTIONS,
    );
  });

  test('are picked from an object that has more than them', () => {
    expect(runOptions({ ...chosen, input: 'else' } as typeof chosen)).toEqual(chosen);
  });

  test('stay as they were where a change does not name them', () => {
    expect(runOptions({}, chosen)).toEqual(chosen);
    expect(runOptions({ interruptBefore: [], interruptAfter: null, recordEvents: false }, chosen)).toEqual({
      ...chosen,
      interruptBefore: [],
      recordEvents: false,
    });
  });

  test.each([
    [{}, false],
    [{ interruptBefore: null, recordEvents: true }, false],
    [{ interruptBefore: [] }, true],
    [{ interruptAfter: ['a'] }, true],
  ])('%j name breakpoints: %s', (options, expected) => {
    expect(namesBreakpoints(options)).toBe(expected);
  });
});
