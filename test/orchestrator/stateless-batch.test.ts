import { afterEach, expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import type { CreateStatelessRun } from '../../src/orchestrator/requests.ts';
import { human } from '../support/conversing.ts';
import { gate, resetGates } from '../support/gates.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

afterEach(resetGates);

const run = (fields: Partial<CreateStatelessRun> = {}): CreateStatelessRun => ({
  owner: DEFAULT_OWNER,
  assistantId: 'breakpoints',
  input: human('hi'),
  keepPartialOutput: true,
  keepPendingInput: true,
  recordEvents: false,
  keepThread: true,
  ...fields,
});

type Refused = readonly [what: string, last: Partial<CreateStatelessRun>, outcome: object];
const invalid = (path: readonly string[]) => ({
  kind: 'invalid',
  issues: [{ path: ['runs', '2', ...path] }],
});
const REFUSED: readonly Refused[] = [
  [
    'an unknown assistant',
    { assistantId: 'nobody' },
    { kind: 'notFound', what: 'Assistant', id: 'nobody', index: 2 },
  ],
  ['a bad option', { config: { max_concurrency: 0 } }, invalid(['config', 'max_concurrency'])],
  [
    'a resume, for which only the admission knows that nothing waits',
    { input: undefined, command: { resume: 1 } },
    invalid(['command', 'resume']),
  ],
  ['nothing to do, which only the admission knows', { input: undefined }, invalid(['input'])],
];

test.each(REFUSED)('a batch whose last run has %s starts none of them', async (_what, last, outcome) => {
  await using database = await TestDatabase.create();
  await using service = await startTestService({ database: database.url });
  const { orchestrator } = service;
  await orchestrator.assistants.count({ owner: DEFAULT_OWNER });
  const before = await database.dump();

  const refused = await orchestrator.createStatelessRuns([run(), run(), run(last)]);

  expect(refused).toMatchObject(outcome);
  expect(await database.dump()).toEqual(before);
});

test('no run of a batch begins before all of them are stored', async () => {
  await using service = await startTestService();
  const { orchestrator } = service;
  const held = gate('breakpoints:b');

  const started = await orchestrator.createStatelessRuns([run(), run(), run()]);

  if (started.kind !== 'ok') throw new Error(JSON.stringify(started));
  expect(started.value.map(({ status }) => status)).toEqual(['PENDING', 'PENDING', 'PENDING']);
  expect(new Set(started.value.map(({ createdAt }) => createdAt.getTime())).size).toBe(1);
  held.open();
  for (const { threadId, id } of started.value)
    expect(await orchestrator.joinRun({ owner: DEFAULT_OWNER, threadId, runId: id })).toMatchObject({
      kind: 'joined',
      run: { status: 'SUCCESS' },
    });
});

test('a refused run leaves no thread behind that was to be made for it', async () => {
  await using database = await TestDatabase.create();
  await using service = await startTestService({ database: database.url });
  const { orchestrator } = service;
  await orchestrator.assistants.count({ owner: DEFAULT_OWNER });
  const before = await database.dump();
  const onThread = {
    ...run(),
    threadId: '0198a000-0000-7000-8000-000000000001',
    strategy: 'ENQUEUE',
    newThread: { a: 1 },
  } as const;

  expect(await orchestrator.createRun({ ...onThread, input: undefined })).toMatchObject({
    kind: 'invalid',
    issues: [{ path: ['input'] }],
  });
  expect(
    await orchestrator.createRun({ ...onThread, input: undefined, command: { resume: 1 } }),
  ).toMatchObject({ kind: 'invalid' });
  expect(await database.dump()).toEqual(before);
  expect(await orchestrator.createRun(onThread)).toMatchObject({ kind: 'ok' });
});

test('requests that differ only in what a default says are one request for an idempotency key', async () => {
  await using service = await startTestService();
  const { orchestrator } = service;
  const thread = await orchestrator.createThread({ owner: DEFAULT_OWNER, ifExists: 'RAISE' });
  if (thread.kind !== 'ok') throw new Error(thread.kind);
  const asked = {
    ...run({ afterSeconds: 0 }),
    threadId: thread.value.id,
    strategy: 'ENQUEUE',
    idempotencyKey: 'k',
  } as const;
  const assistant = await orchestrator.assistants.find(DEFAULT_OWNER, 'breakpoints');

  const first = await orchestrator.createRun(asked);
  const again = await Promise.all(
    [
      { afterSeconds: undefined },
      { config: {}, metadata: {}, context: null, command: null },
      { config: { tags: null, max_concurrency: null } },
      { assistantId: assistant!.id },
      { threadId: thread.value.id.toUpperCase() },
    ].map((fields) => orchestrator.createRun({ ...asked, ...fields })),
  );
  const other = await orchestrator.createRun({ ...asked, config: { tags: [] } });

  expect(first.kind).toBe('ok');
  for (const outcome of again)
    expect(outcome).toMatchObject({ kind: 'ok', value: { id: first.kind === 'ok' ? first.value.id : '' } });
  expect(other.kind).toBe('idempotencyConflict');
});

test.each([
  ['no runs', 0, ['runs'], 'must contain 1 to 1000 runs (got 0)'],
  ['too many', 1_001, ['runs'], 'must contain 1 to 1000 runs (got 1001)'],
  [
    'as many as may be, of which the first is bad',
    1_000,
    ['runs', '0', 'config', 'max_concurrency'],
    expect.any(String),
  ],
])('a batch of %s is refused', async (_what, count, path, message) => {
  await using service = await startTestService();
  const runs = Array.from({ length: count }, () => run({ config: { max_concurrency: 0 } }));
  expect(await service.orchestrator.createStatelessRuns(runs)).toEqual({
    kind: 'invalid',
    issues: [{ path, message }],
  });
});

test('metadata that is too large is refused with its run', async () => {
  await using service = await startTestService();
  const refused = await service.orchestrator.createStatelessRuns([
    run(),
    run({ metadata: { note: 'x'.repeat(1_000_000) } }),
  ]);
  expect(refused).toMatchObject({ kind: 'invalid', issues: [{ path: ['runs', '1', 'metadata'] }] });
});

test('what is ignored of a run is said with its place in the batch', async () => {
  await using service = await startTestService();
  const unknown = { interruptBefore: ['nowhere'], unknownBreakpoints: 'IGNORE' } as const;
  const some = await service.orchestrator.createStatelessRuns([run(), run(unknown)]);
  const none = await service.orchestrator.createStatelessRuns([run()]);
  expect(some).toMatchObject({ kind: 'ok', ignored: [{ path: ['runs', '1', 'interruptBefore'] }] });
  expect(none).toEqual({ kind: 'ok', value: [expect.anything()] });
});

test.each([
  [true, { temporary: false }],
  [false, { temporary: true }],
])('a run on a thread of its own keeps it: %s', async (keepThread, thread) => {
  await using service = await startTestService();
  const held = gate('breakpoints:a');
  const { orchestrator } = service;
  const one = await orchestrator.createStatelessRun(
    run({ keepThread, interruptBefore: ['nowhere'], unknownBreakpoints: 'IGNORE' }),
  );
  if (one.kind !== 'ok') throw new Error(JSON.stringify(one));

  expect(one.ignored).toMatchObject([{ path: ['interruptBefore'] }]);
  expect(await orchestrator.queries.thread(DEFAULT_OWNER, one.value.threadId)).toMatchObject(thread);
  held.open();
});

test('a run on a thread of its own is refused with that thread', async () => {
  await using service = await startTestService();
  expect(await service.orchestrator.createStatelessRun(run({ assistantId: 'nobody' }))).toEqual({
    kind: 'notFound',
    what: 'Assistant',
    id: 'nobody',
  });
});
