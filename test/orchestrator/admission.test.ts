import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER, newThreadId } from '../../src/domain/ids.ts';
import type { Run } from '../../src/domain/run.ts';
import { admitRun } from '../../src/orchestrator/commands/admit-runs.ts';
import { createRun } from '../../src/orchestrator/commands/create-run.ts';
import { DefaultAssistants } from '../../src/orchestrator/commands/default-assistants.ts';
import { prepareRun } from '../../src/orchestrator/commands/prepare-run.ts';
import type { Context } from '../../src/orchestrator/context.ts';
import { CheckpointDamagedError } from '../../src/orchestrator/ports/checkpoints.ts';
import type { Signal } from '../../src/orchestrator/ports/environment.ts';
import type { ReadState } from '../../src/orchestrator/ports/graph-host.ts';
import type { CreateRun } from '../../src/orchestrator/requests.ts';
import { gate, resetGates } from '../support/gates.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { SteppedWorker } from '../support/stepped-worker.ts';

afterEach(resetGates);

/** The port with these members in the place of its own. */
const replaced = <T extends object>(port: T, members: Readonly<Record<string, unknown>>): T =>
  new Proxy(port, {
    get(target, key) {
      if (typeof key === 'string' && Object.hasOwn(members, key)) return members[key];
      const member: unknown = Reflect.get(target, key);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });

let sent: Signal[] = [];
let context: Context;
beforeEach(() => {
  sent = [];
});

/** A worker whose signals are kept, with some ports changed. */
const start = (change: (context: Context) => Partial<Context> = () => ({})): Promise<SteppedWorker> =>
  SteppedWorker.start((whole) => {
    const { signals } = whole;
    const recorded = replaced(signals, {
      send: (signal: Signal) => {
        if (signal.kind !== 'events') sent.push(signal);
        signals.send(signal);
      },
    });
    context = { ...whole, signals: recorded };
    context = { ...context, ...change(context) };
    return context;
  });

const withHooks = (): Partial<Context> => ({ webhooks: { resolve: (url) => ({ url }) } });

describe('refused before the thread is locked', () => {
  test('metadata that is too large', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    const metadata = { note: 'x'.repeat(context.options.limits.maxMetadataBytes + 1) };
    expect(await thread.create({ input: {}, metadata })).toMatchObject({
      kind: 'invalid',
      issues: [{ path: ['metadata'] }],
    });
  });

  test('an assistant that is not there', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    expect(await thread.create({ assistantId: 'nobody', input: {} })).toEqual({
      kind: 'notFound',
      what: 'Assistant',
      id: 'nobody',
    });
  });

  test('an assistant whose graph is not served', async () => {
    await using worker = await start(({ graphs }) => ({ graphs: replaced(graphs, { has: () => false }) }));
    const thread = await InProcessThread.create(worker, 'echo');
    const message = expect.stringContaining('"echo" is not served');
    expect(await thread.create({ input: {} })).toEqual({
      kind: 'invalid',
      issues: [{ path: ['assistantId'], message }],
    });
  });

  test('a thread id that is none', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    const command = { input: {}, threadId: 'no uuid' } as object;
    expect(await thread.create(command)).toEqual({ kind: 'notFound', what: 'Thread', id: 'no uuid' });
  });

  test("an option that comes from the assistant's configuration", async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    const { store } = context;
    const { reads } = store;
    const find: typeof reads.assistants.find = async (...args) => {
      const found = await reads.assistants.find(...args);
      return found === null ? null : { ...found, config: { recursion_limit: 0 } };
    };

    const prepared = await prepareRun(
      {
        ...runDeps(),
        store: replaced(store, {
          reads: replaced(reads, { assistants: replaced(reads.assistants, { find }) }),
        }),
      },
      commandOn(thread, { input: {} }),
    );

    const message = expect.stringMatching(/must be a whole number .*; set by the assistant's configuration/);
    expect(prepared).toEqual({ kind: 'invalid', issues: [{ path: ['config', 'recursion_limit'], message }] });
  });

  test('an input and a command that the graph refuses, with their places', async () => {
    const refusing = {
      checkInput: async () => [{ path: ['a'], message: 'bad' }],
      checkCommand: async () => [{ path: ['update', 'b'], message: 'bad' }],
    };
    await using worker = await start(({ graphs }) => ({ graphs: replaced(graphs, refusing) }));
    const thread = await InProcessThread.create(worker, 'echo');

    expect(await thread.create({ input: {} })).toEqual({
      kind: 'invalid',
      issues: [{ path: ['input', 'a'], message: 'bad' }],
    });
    expect(await thread.create({ command: { update: {} } })).toEqual({
      kind: 'invalid',
      issues: [{ path: ['command', 'update', 'b'], message: 'bad' }],
    });
    expect(sent).toEqual([]);
  });
});

test('of unknown breakpoints a caller that asks for it only learns', async () => {
  await using worker = await start();
  const thread = await InProcessThread.create(worker, 'echo');
  const options = { input: {}, interruptBefore: ['nowhere'] };
  const issues = [{ path: ['interruptBefore'], message: expect.stringContaining('no node "nowhere"') }];

  expect(await thread.create(options)).toEqual({ kind: 'invalid', issues });
  expect(await thread.create({ ...options, unknownBreakpoints: 'REFUSE' })).toEqual({
    kind: 'invalid',
    issues,
  });
  expect(await thread.create({ ...options, unknownBreakpoints: 'IGNORE' })).toEqual({
    kind: 'ok',
    value: expect.objectContaining({ interruptBefore: ['nowhere'] }),
    ignored: issues,
  });
  const known = await thread.create({ input: {}, unknownBreakpoints: 'IGNORE' });
  expect(known).toEqual({ kind: 'ok', value: expect.anything() });
});

describe('a checkpoint that can not be read', () => {
  const asked: unknown[][] = [];
  const damaged = (whole: Context) => ({
    checkpoints: replaced(whole.checkpoints, {
      damage: async (...args: unknown[]) => {
        asked.push(args);
        return new CheckpointDamagedError('', null, new Error('no JSON'));
      },
    }),
  });
  beforeEach(() => void asked.splice(0));

  test('is not looked at on a thread that has no state', async () => {
    await using worker = await start(damaged);
    const thread = await InProcessThread.create(worker, 'echo');
    expect(await thread.create({ input: {} })).toMatchObject({ kind: 'ok' });
    expect(await thread.create({ input: {}, threadId: newThreadId() } as object)).toMatchObject({
      kind: 'notFound',
      what: 'Thread',
    });
    expect(asked).toEqual([]);
  });

  test('is no place to start from, at the place where it was named', async () => {
    await using worker = await start(damaged);
    const thread = await InProcessThread.create(worker, 'echo');
    await thread.say('hello');
    await worker.execute(await worker.claim());

    const message = expect.stringMatching(/no JSON; start from an intact checkpoint/);
    expect(await thread.create({ input: {} })).toEqual({ kind: 'invalid', issues: [{ path: [], message }] });
    expect(await thread.create({ input: {}, checkpointId: 'c1' })).toEqual({
      kind: 'invalid',
      issues: [{ path: ['checkpointId'], message }],
    });
    expect(asked).toEqual([
      [thread.id, '', null],
      [thread.id, '', 'c1'],
    ]);
  });
});

describe('a resume', () => {
  const waiting = async (worker: SteppedWorker): Promise<InProcessThread> => {
    const thread = await InProcessThread.create(worker, 'approval');
    await thread.say('write to Ann');
    await worker.execute(await worker.claim());
    sent = [];
    return thread;
  };

  test('is given up after five reads of a state that changes each time', async () => {
    let reads = 0;
    let isMoving = false;
    await using worker = await start(({ store, graphs }) => ({
      graphs: replaced(graphs, {
        readState: (request: ReadState) => {
          if (isMoving) reads += 1;
          return graphs.readState(request);
        },
      }),
      store: replaced(store, {
        reads: replaced(store.reads, {
          thread: async (...args: Parameters<typeof store.reads.thread>) => {
            const found = await store.reads.thread(...args);
            return isMoving && found !== null ? { ...found, stateVersion: -1 } : found;
          },
        }),
      }),
    }));
    const thread = await waiting(worker);
    isMoving = true;

    const refused = await thread.create({ command: { resume: 'yes' } });

    const message = expect.stringContaining('changed repeatedly');
    expect(refused).toEqual({ kind: 'invalid', issues: [{ path: ['command', 'resume'], message }] });
    expect(reads).toBe(5);
    expect(sent).toEqual([]);
  });

  test.each([
    [
      'can not be read whole',
      (state: object | null) => ({ ...state, incomplete: { message: 'gone' } }),
      [],
      'the run cannot be resumed: gone',
    ],
    [
      'is not there',
      () => null,
      ['command', 'resume'],
      'nothing to resume: the checkpoint has no pending interrupts',
    ],
  ])('is refused when its state %s', async (_what, change, path, message) => {
    await using worker = await start(({ graphs }) => ({
      graphs: replaced(graphs, {
        readState: async (request: ReadState) => change(await graphs.readState(request)),
      }),
    }));
    const thread = await waiting(worker);
    expect(await thread.create({ command: { resume: 'yes' } })).toEqual({
      kind: 'invalid',
      issues: [{ path, message }],
    });
  });

  test('that was checked against no state at all is to be checked again', async () => {
    await using worker = await start();
    const thread = await waiting(worker);
    const prepared = await prepareRun(runDeps(), commandOn(thread, { command: { resume: 'yes' } }));
    if (prepared.kind !== 'prepared') throw new Error(prepared.kind);
    expect(await context.store.transaction((tx) => admitRun(runDeps(), tx, prepared.request, null))).toEqual({
      kind: 'stateChanged',
    });
  });
});

test('a command brings a thread without a state to life; nothing at all does not', async () => {
  await using worker = await start();
  const [thread, empty] = [
    await InProcessThread.create(worker, 'echo'),
    await InProcessThread.create(worker, 'echo'),
  ];
  expect(await thread.create({ command: { update: { messages: [] } } })).toMatchObject({ kind: 'ok' });
  expect(await empty.create({})).toMatchObject({ kind: 'invalid', issues: [{ path: ['input'] }] });
});

test('a failure of the database is no refusal', async () => {
  await using worker = await start();
  const thread = await InProcessThread.create(worker, 'echo');
  const { defaults, ...deps } = runDeps();
  await defaults.ensure(DEFAULT_OWNER);
  const failing = replaced(deps.store, { transaction: async () => Promise.reject(new Error('disk full')) });

  await expect(
    createRun({ ...deps, defaults, store: failing }, commandOn(thread, { input: {} })),
  ).rejects.toThrow('disk full');
});

describe('an accepted run', () => {
  test('is announced in the log, and keeps what its request was', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    const run = await thread.say('hello', { request: { stream_mode: 'values' } });
    expect(run.request).toEqual({ stream_mode: 'values' });
    expect((await thread.say('again')).request).toBeNull();
    expect((await thread.log()).map(({ runId, body }) => [runId, body.kind])).toContainEqual([
      run.id,
      'RUN_QUEUED',
    ]);
  });

  test('adds to the metadata of its thread what is not there yet', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    await thread.say('hello', { threadMetadata: { graph_id: 'another', user: 'ann' } });
    expect((await thread.thread()).metadata).toMatchObject({ graph_id: 'echo', user: 'ann' });
    await thread.say('again');
    expect((await thread.thread()).metadata).toMatchObject({ graph_id: 'echo', user: 'ann' });
  });

  test('makes the thread that it asks for, which stays', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    const threadId = newThreadId();
    await worker.orchestrator.createRun({
      ...commandOn(thread, { input: {} }),
      threadId,
      newThread: { user: 'ann' },
    });
    const made = await worker.orchestrator.queries.thread(DEFAULT_OWNER, threadId);
    expect(made).toMatchObject({ metadata: { user: 'ann' }, temporary: false });
  });

  test('of a key whose first run was deleted is not found', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'echo');
    const first = await thread.say('hello', { idempotencyKey: 'k' });
    await worker.execute(await worker.claim());
    expect(
      await thread.create({
        input: { messages: [{ type: 'human', content: 'hello' }] },
        idempotencyKey: 'k',
      }),
    ).toMatchObject({
      kind: 'ok',
      value: { id: first.id },
    });
    await worker.orchestrator.deleteRun({ owner: DEFAULT_OWNER, threadId: thread.id, runId: first.id });
    const again = await thread.create({
      input: { messages: [{ type: 'human', content: 'hello' }] },
      idempotencyKey: 'k',
    });
    expect(again).toEqual({ kind: 'notFound', what: 'Run', id: first.id });
  });

  test('sends just the signals that others wait for', async () => {
    await using worker = await start(withHooks);
    const thread = await InProcessThread.create(worker, 'side-effects');
    const signalsOf = async (act: () => Promise<unknown>): Promise<Signal[]> => {
      sent = [];
      await act();
      return sent;
    };
    let first!: Run;

    const idle = await signalsOf(async () => {
      first = await thread.say('go');
    });
    const claimed = await worker.claim();
    const busy = await signalsOf(() => thread.say('wait', { webhook: 'https://example.com/hook' }));
    const interrupting = await signalsOf(() => thread.say('stop', { strategy: 'INTERRUPT' }));
    const refused = await signalsOf(() => thread.create({ input: {}, strategy: 'REJECT' }));

    expect(claimed.run.id).toBe(first.id);
    expect({ idle, busy, interrupting, refused }).toEqual({
      idle: [{ kind: 'wake' }],
      busy: [],
      interrupting: [{ kind: 'stop', runId: first.id }, { kind: 'webhook' }],
      refused: [],
    });
  });

  test('leaves the thread at rest as the waiting runs that it ended did', async () => {
    await using worker = await start();
    const thread = await InProcessThread.create(worker, 'failing');
    gate('failing').open();
    await thread.say('go');
    await worker.execute(await worker.claim());
    expect((await thread.thread()).restingStatus).toBe('ERROR');

    await thread.say('waits');
    expect((await thread.thread()).restingStatus).toBe('ERROR');
    await thread.say('instead', { strategy: 'INTERRUPT' });
    expect((await thread.thread()).restingStatus).toBe('IDLE');
  });
});

/** What the commands are called with by the orchestrator. */
const runDeps = () => ({
  ...context,
  defaults: new DefaultAssistants(
    context.store,
    ['echo', 'approval'].map((graphId) => ({
      graphId,
      description: null,
      seed: { config: {}, context: {} },
    })),
  ),
});

const commandOn = (thread: InProcessThread, options: Partial<CreateRun>): CreateRun => ({
  owner: DEFAULT_OWNER,
  threadId: thread.id,
  assistantId: 'echo',
  strategy: 'ENQUEUE',
  keepPartialOutput: true,
  keepPendingInput: true,
  recordEvents: false,
  ...options,
});
