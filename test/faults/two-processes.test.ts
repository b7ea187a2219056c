import { describe, expect, test } from 'vitest';
import { hasPostgres, POSTGRES_URL } from '../support/postgres.ts';
import type { ServerProcess } from '../support/server-process.ts';
import { TcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { ProcessPair } from './process-pair.ts';

const TIMEOUT = { timeout: 120_000 };
const LONG_LEASE = ['--lease-seconds', '30'];

const timeOf = ({ logs }: ServerProcess, message: string): number =>
  Number(logs.find(({ msg }) => msg === message)?.['time']);

describe.skipIf(!hasPostgres)('of two processes on one PostgreSQL database', TIMEOUT, () => {
  test('the other one takes over, when the lease ends, what one that was killed had at work, as each run was told', async () => {
    await using pair = await ProcessPair.open();
    const one = await pair.start(['side-effects:second', 'two-tools:answer:2', 'echo:2']);
    const [steps, stopped, rolledBack] = [
      await pair.thread('side-effects'),
      await pair.thread('two-tools'),
      await pair.thread('echo'),
    ];
    const going = await steps.say('go');
    const [speaking, gone] = [await stopped.say('go'), await rolledBack.say('one two three')];
    await steps.seen(
      'TaskChunk',
      (event) => event.__typename === 'TaskChunk' && (event.task as { name: string }).name === 'second',
    );
    await stopped.heard('Both tools');
    await rolledBack.heard('one two');
    await pair.start();

    // It stands still, so that it can't act on what it is asked.
    pair.withdraw(one);
    one.pause();
    const next = await stopped.say('next', { multitaskStrategy: 'INTERRUPT' });
    const instead = await rolledBack.say('instead', { multitaskStrategy: 'ROLLBACK' });
    await one.kill();

    expect(await steps.ended(going)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await stopped.ended(next)).toMatchObject({ status: 'SUCCESS' });
    expect(await stopped.ended(speaking)).toMatchObject({
      status: 'INTERRUPTED',
      supersededBy: { id: next.id },
    });
    expect(await rolledBack.ended(instead)).toMatchObject({ status: 'SUCCESS' });
    expect(await pair.client.run(gone.id)).toBeNull();
    expect(await steps.said()).toEqual(['human: go', 'ai: first', 'ai: second', 'ai: third']);
    expect((await stopped.said()).slice(3, 6)).toEqual([
      'tool: second says yes',
      'ai (partial): Both tools',
      'human: next',
    ]);
    expect(await rolledBack.said()).toEqual(['human: instead', 'ai: instead']);
    await steps.seen('RunEnded');
    expect(steps.tasks()).toEqual(['first', 'second', 'second', 'third']);
    expect(steps.lifecycle(going)).toEqual([
      'RunQueued',
      'RunStarted',
      'RunResumed',
      'MessagesReset',
      'RunEnded',
    ]);
  });

  test('a run whose process is lost too often ends with an error that says so, and its thread goes on', async () => {
    await using pair = await ProcessPair.open();
    const one = await pair.start(['echo:2'], ['--max-attempts', '1']);
    const thread = await pair.thread('echo');
    const run = await thread.say('one two three');
    await thread.heard('one two');
    await pair.start([], ['--max-attempts', '1']);

    await one.kill();

    expect(await thread.ended(run)).toMatchObject({
      status: 'ERROR',
      endReason: 'WORKER_LOST',
      error: { name: 'WorkerLostError' },
    });
    expect(await thread.ended(await thread.say('again'))).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.said()).toEqual(['human: one two three', 'human: again', 'ai: again']);
  });

  test('one that stood still past its lease writes nothing when it goes on: no event, checkpoint, pending write or end', async () => {
    await using pair = await ProcessPair.open();
    const one = await pair.start(['echo:2', 'echo:end', 'two-tools:second']);
    // In the middle of a message, between two tools' results, and at the very end of a node.
    const [speaking, calling, ending] = [
      await pair.thread('echo'),
      await pair.thread('two-tools'),
      await pair.thread('echo'),
    ];
    const runs = [await speaking.say('one two three'), await calling.say('go'), await ending.say('one')];
    await speaking.heard('one two');
    await calling.seen(
      'TaskChunk',
      (event) =>
        event.__typename === 'TaskChunk' &&
        'result' in (event.task as object) &&
        (event.task as { name: string }).name === 'tools',
    );
    await ending.heard('one');
    await pair.start();

    pair.withdraw(one);
    one.pause();
    for (const [index, thread] of [speaking, calling, ending].entries())
      expect(await thread.ended(runs[index]!)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    const before = await pair.schema.dump();
    one.resume();
    one.openGates();
    const dropped = 'Run was taken over or removed; discarding the results of this attempt';
    await until(
      () => one.logs.filter(({ msg }) => msg === dropped).length,
      (count) => count === 3,
      { deadlineMs: 30_000, describe: () => JSON.stringify(one.logs.slice(-8)) },
    );

    expect(await pair.schema.dump()).toEqual(before);
  });

  test('a rolling restart of all is a reconnect to a client that streams, and runs go on elsewhere within a second', async () => {
    await using pair = await ProcessPair.open();
    const drain = [...LONG_LEASE, '--drain-seconds', '0.05'];
    const one = await pair.start(['echo:2'], drain);
    const thread = await pair.thread('echo');
    const run = await thread.say('one two three four five');
    await thread.heard('one two');
    const two = await pair.start(['echo:4'], drain);

    expect(await one.terminate()).toBe(0);
    await thread.heard('one two three four');
    const three = await pair.start([], drain);
    expect(await two.terminate()).toBe(0);

    expect(await thread.ended(run)).toMatchObject({ status: 'SUCCESS', attempt: 3 });
    expect(await thread.said()).toEqual(['human: one two three four five', 'ai: one two three four five']);
    await thread.seen('RunEnded');
    const resumed = ['RunResumed', 'MessagesReset'];
    expect(thread.lifecycle(run)).toEqual(['RunQueued', 'RunStarted', ...resumed, ...resumed, 'RunEnded']);
    expect(pair.reconnects).toBeGreaterThan(0);
    for (const [from, to] of [
      [one, two],
      [two, three],
    ] as const)
      expect(timeOf(to, 'Run taken over') - timeOf(from, 'Run released')).toBeLessThan(1_000);
  });
});

describe.skipIf(!hasPostgres)('a process that loses its database', TIMEOUT, () => {
  test('stays up, says so to who asks, and goes on with its run when the database is back', async () => {
    await using pair = await ProcessPair.open();
    await using proxy = await TcpProxy.before(POSTGRES_URL);
    const server = await pair.start(['echo:2'], [], pair.schema.through(proxy.port));
    const thread = await pair.thread('echo');
    const run = await thread.say('one two three');
    await thread.heard('one two');
    const answerOf = async (path: string) => (await fetch(new URL(path, server.url))).status;

    proxy.refuse();
    server.openGates();
    const refused = await fetch(server.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: `{ thread(id: "${thread.id}") { status } }` }),
    });

    expect(await refused.json()).toMatchObject({ errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }] });
    expect([await answerOf('/health'), await answerOf('/ready')]).toEqual([200, 503]);
    proxy.restore();
    expect(await thread.ended(run)).toMatchObject({ status: 'SUCCESS' });
    expect(await thread.said()).toEqual(['human: one two three', 'ai: one two three']);
    expect(await answerOf('/ready')).toBe(200);
  });

  test('and finds all its connections ended, again and again, half-does nothing', async () => {
    await using pair = await ProcessPair.open();
    const server = await pair.start();
    const threads = await Promise.all(
      ['side-effects', 'two-tools', 'echo'].map((graph) => pair.thread(graph)),
    );
    let cuts = 0;

    for (let round = 0; round < 4; round += 1) {
      const runs = await Promise.all(threads.map((thread) => thread.say('one two three four')));
      cuts += await pair.schema.cutConnections();
      for (const [index, thread] of threads.entries())
        expect(await thread.ended(runs[index]!)).toMatchObject({ status: 'SUCCESS', endReason: 'COMPLETED' });
      for (const [index, thread] of threads.entries())
        await thread.seen('RunEnded', ({ runId }) => runId === runs[index]!.id);
    }

    expect(cuts).toBeGreaterThan(4);
    for (const thread of threads) {
      expect((await thread.said()).filter((line) => line.startsWith('human'))).toHaveLength(4);
      expect(thread.names().filter((name) => name === 'RunEnded')).toHaveLength(4);
    }
    expect((await fetch(new URL('/health', server.url))).status).toBe(200);
  });
});
