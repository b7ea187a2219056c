import { describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { mergeSettings, synchronized } from '../../src/domain/run-options.ts';

const NOTHING = { config: {}, context: {}, metadata: {} };
const NO_RUN = { config: {}, context: null, metadata: {} };
type Sources = {
  readonly assistant?: { config?: JsonObject; context?: JsonObject; metadata?: JsonObject };
  readonly thread?: JsonObject;
  readonly run?: { config?: JsonObject; context?: Json; metadata?: JsonObject };
  readonly headers?: JsonObject;
};

const merged = ({ assistant, thread = {}, run, headers = {} }: Sources) =>
  mergeSettings({
    assistant: { ...NOTHING, ...assistant },
    threadMetadata: thread,
    run: { ...NO_RUN, ...run },
    headers,
  });

describe('a run is executed with (protocol.md §7.1)', () => {
  test.each<[string, Sources, { config?: JsonObject; context?: Json; metadata?: JsonObject }]>([
    ['nothing, where nobody says anything', {}, { config: {}, context: null, metadata: {} }],
    [
      "the assistant's config under the run's, key by key",
      {
        assistant: { config: { recursion_limit: 5, tags: ['a'], max_concurrency: 2 } },
        run: { config: { recursion_limit: 9, tags: ['r'] } },
      },
      { config: { recursion_limit: 9, tags: ['r'], max_concurrency: 2 } },
    ],
    [
      "the assistant's configurable under the run's",
      {
        assistant: { config: { configurable: { a: 1, b: 1 } }, context: { a: 1, b: 1 } },
        run: { config: { configurable: { b: 2, c: 2 } } },
      },
      { config: { configurable: { a: 1, b: 2, c: 2 } }, context: { a: 1, b: 2, c: 2 } },
    ],
    [
      "the assistant's context under the run's",
      {
        assistant: { config: { configurable: { a: 1, b: 1 } }, context: { a: 1, b: 1 } },
        run: { context: { b: 2, c: 2 } },
      },
      { config: { configurable: { a: 1, b: 2, c: 2 } }, context: { a: 1, b: 2, c: 2 } },
    ],
    [
      'configurable and context each as given, where the run gives both',
      { run: { config: { configurable: { a: 1 } }, context: { b: 2 } } },
      { config: { configurable: { a: 1 } }, context: { b: 2 } },
    ],
    [
      'a context that is no object in place of all others',
      { assistant: { context: { a: 1 } }, run: { context: 'plain' } },
      { context: 'plain' },
    ],
    [
      'ids and hidden keys in configurable alone: they are no context',
      { run: { config: { configurable: { checkpoint_id: 'c', thread_id: 't', __own: 1 } } } },
      { config: { configurable: { checkpoint_id: 'c', thread_id: 't', __own: 1 } }, context: null },
    ],
    [
      'context as configurable beside ids of a run that gives no configurable of its own',
      { run: { config: { configurable: { thread_id: 't' } }, context: { a: 1 } } },
      { config: { configurable: { a: 1 } }, context: { a: 1 } },
    ],
    [
      'headers over everybody, in configurable alone',
      {
        assistant: { config: { configurable: { 'x-a': 'assistant' } } },
        run: { config: { configurable: { 'x-a': 'run' } } },
        headers: { 'x-a': 'header' },
      },
      { config: { configurable: { 'x-a': 'header' } }, context: { 'x-a': 'run' } },
    ],
    [
      "the assistant's metadata under the thread's under the run's, shallow",
      {
        assistant: { metadata: { a: 1, b: 1, c: { x: 1 } } },
        thread: { b: 2, c: { y: 2 } },
        run: { metadata: { d: 3 } },
      },
      { metadata: { a: 1, b: 2, c: { y: 2 }, d: 3 } },
    ],
  ])('%s', (_name, sources, expected) => {
    expect(merged(sources)).toMatchObject(expected);
    expect(merged(sources)).toEqual({ ...merged(sources), ...expected });
  });
});

describe("an assistant's configurable and context are in sync", () => {
  test.each<[string, JsonObject, JsonObject | undefined, JsonObject, JsonObject]>([
    ['neither given', { tags: ['t'] }, undefined, { tags: ['t'] }, {}],
    [
      'configurable alone',
      { configurable: { a: 1 }, tags: [] },
      undefined,
      { configurable: { a: 1 }, tags: [] },
      { a: 1 },
    ],
    ['context alone', { tags: [] }, { a: 1 }, { configurable: { a: 1 }, tags: [] }, { a: 1 }],
    [
      'context in place of an older configurable',
      { configurable: { b: 1 } },
      { a: 1 },
      { configurable: { a: 1 } },
      { a: 1 },
    ],
    [
      'an empty context in place of an older configurable',
      { configurable: { b: 1 } },
      {},
      { configurable: {} },
      {},
    ],
  ])('%s', (_name, config, context, expectedConfig, expectedContext) => {
    expect(synchronized(config, context)).toEqual({ config: expectedConfig, context: expectedContext });
  });
});
