import { expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import type { RequestedRunOptions } from '../../src/domain/run-options.ts';
import { earlierRequestHash, requestHash } from '../../src/orchestrator/commands/run-request.ts';
import type { CreateRun } from '../../src/orchestrator/requests.ts';

const threadId = '0198a000-0000-7000-8000-000000000000';
const valid = {
  input: {},
  command: null,
  config: {},
  context: null,
  metadata: {},
  afterMs: 0,
  timeoutMs: null,
  webhook: null,
};
const command = (options: RequestedRunOptions): CreateRun => ({
  owner: DEFAULT_OWNER,
  threadId,
  assistantId: 'agent',
  input: { messages: [] },
  strategy: 'ENQUEUE',
  keepPartialOutput: true,
  keepPendingInput: true,
  ...options,
});
const hashes = (options: RequestedRunOptions) => [
  requestHash({
    command: command(options),
    valid: { ...valid, input: { messages: [] } },
    threadId,
    assistantId: 'agent',
  }),
  earlierRequestHash({ command: command(options), threadId }),
];

// Stored with idempotency keys for a day: another hash would refuse calls that are repeated across an update.
test.each<[string, RequestedRunOptions, string[]]>([
  [
    'defaults',
    { recordEvents: false },
    [
      '326b1500d710ed6e5a7364775aea7a9470cdb242635cef652cd72acee4b0822d',
      '3203ee0cf44a6355750712ac04a075a4f4f12eae90fae02d76b6a7a1ace69746',
    ],
  ],
  [
    'options',
    { interruptBefore: ['a'], interruptAfter: ['*'], recordEvents: true },
    [
      'b537980874f2e8c8c2b7141eeadbaa0bee68ae362bfcd0cc85eabbdbbac0e6c9',
      '92a236a24eb5944af086d570c390f399ec77ee684658a4538d12b2357cfa4d45',
    ],
  ],
])('a call with %s has the hashes that stored keys have', (_, options, expected) => {
  expect(hashes(options)).toEqual(expected);
});

test('a call has the same hashes whether it leaves a default out, names it, or is null there', () => {
  expect(hashes({})).toEqual(hashes({ recordEvents: false }));
  expect(hashes({ interruptBefore: null, interruptAfter: null, recordEvents: null })).toEqual(hashes({}));
});
