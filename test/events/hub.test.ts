import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { LoggedEvent } from '../../src/domain/event.ts';
import type { RunId, ThreadId } from '../../src/domain/ids.ts';
import { Hub } from '../../src/events/hub.ts';
import { CursorExpiredError } from '../../src/orchestrator/ports/subscriptions.ts';
import { MemoryLog } from '../support/memory-log.ts';
import { silentLogger } from '../support/silent-logger.ts';

const threadId = 'thread' as ThreadId;
const run = (name: string) => name as RunId;
const queued = { kind: 'RUN_QUEUED' } as const;
const rolledBack = { kind: 'RUN_ROLLED_BACK' } as const;
const all = () => true;

function hubOver(log: MemoryLog, reads = log.reads()): Hub {
  return new Hub({ reads, clock: systemClock, logger: silentLogger });
}
const seqs = (events: readonly LoggedEvent[]) => events.map(({ seq }) => seq);

async function take(events: AsyncIterableIterator<LoggedEvent>, count: number): Promise<LoggedEvent[]> {
  const taken: LoggedEvent[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

/** A follower over a log in memory is live after one turn of the event loop. */
const caughtUp = () => new Promise((resolve) => setImmediate(resolve));

describe('a follower', () => {
  test('gets what was logged before it came, then what is committed, without gap or repeat', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    log.append(run('a'), queued);
    const events = hub.follow({ threadId, afterSeq: 0, accept: all });
    const first = await take(events, 1);
    const [second, third] = [take(events, 1), take(events, 1)];
    hub.publish([log.append(run('a'), queued)]);
    hub.publish([log.append(run('a'), queued)]);

    expect(seqs([...first, ...(await second), ...(await third)])).toEqual([1, 2, 3]);
    await events.return?.();
  });

  test('reads on from the log when an offer was lost', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    const events = hub.follow({ threadId, afterSeq: 0, accept: all });
    hub.publish([log.append(run('a'), queued)]);
    const [first] = await take(events, 1);
    const taken = take(events, 2);
    await caughtUp();
    hub.publish([log.append(run('a'), queued)]);
    log.append(run('a'), queued);
    hub.publish([log.append(run('a'), queued)]);

    expect(seqs([first!, ...(await taken)])).toEqual([1, 2, 3]);
    await events.return?.();
  });

  test('fails, rather than leave something out, when what it had yet to read was removed after the retention', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    for (const name of ['a', 'b', 'c']) log.append(run(name), queued);
    let wholeFrom = 1;
    const wholeness = { from: 1, now: async () => wholeFrom };
    const slow = hub.follow({ threadId, afterSeq: 0, accept: all, wholeness });
    const careless = hub.follow({ threadId, afterSeq: 0, accept: all });
    log.removeRun(run('b'));
    log.removeRun(run('a'));
    wholeFrom = 3;

    await expect(slow.next()).rejects.toThrow(CursorExpiredError);
    expect(await slow.next()).toEqual({ done: true, value: undefined });
    expect(seqs(await take(careless, 1))).toEqual([3]);
    await careless.return?.();
  });

  test('reads on past the gap that a rollback left', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    for (const name of ['a', 'b', 'c']) log.append(run(name), queued);
    log.removeRun(run('b'));
    const events = hub.follow({
      threadId,
      afterSeq: 0,
      accept: all,
      wholeness: { from: 1, now: async () => 1 },
    });

    expect(seqs(await take(events, 2))).toEqual([1, 3]);
    await events.return?.();
  });

  test('learns from the sweep of what nobody told it', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    const events = hub.follow({ threadId, afterSeq: 0, accept: all });
    const taken = take(events, 1);
    log.append(run('a'), queued);
    await hub.catchUp();

    expect(seqs(await taken)).toEqual([1]);
    await events.return?.();
  });

  test('ends when its run turns out to be deleted elsewhere, after it got what told the end', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    log.append(run('gone'), queued);
    const follow = (name: string) => hub.follow({ threadId, afterSeq: 0, runId: run(name), accept: all });
    const [gone, staying] = [follow('gone'), follow('staying')];
    await take(gone, 1);
    const end = gone.next();
    const still = staying.next();
    await caughtUp();
    log.deleteRun(run('gone'));
    log.append(run('gone'), rolledBack);

    await hub.catchUp();

    expect((await end).value?.body).toEqual(rolledBack);
    expect(await gone.next()).toEqual({ done: true, value: undefined });
    hub.publish([log.append(run('staying'), queued)]);
    expect((await still).value?.runId).toBe('staying');
    await staying.return?.();
  });

  test('that reads nothing keeps a bounded number of events and misses none', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    const events = hub.follow({ threadId, afterSeq: 0, accept: all });
    const first = take(events, 1);
    hub.publish([log.append(run('a'), queued)]);
    await first;
    for (let i = 0; i < 2_000; i += 1) hub.publish([log.append(run('a'), queued)]);

    expect(seqs(await take(events, 2_000))).toEqual(Array.from({ length: 2_000 }, (_, i) => i + 2));
    await events.return?.();
  });

  test('of one run ends after its last event', async () => {
    const log = new MemoryLog(threadId);
    const hub = hubOver(log);
    log.append(run('b'), queued);
    log.append(run('a'), queued);
    const isLast = (event: LoggedEvent) => event.body.kind === 'RUN_ROLLED_BACK';
    const events = hub.follow({ threadId, afterSeq: 0, runId: run('a'), accept: all, isLast });
    log.append(run('a'), rolledBack);
    log.append(run('a'), queued);

    expect(seqs(await take(events, 9))).toEqual([2, 3]);
    expect(hub.followed).toEqual([]);
  });

  test.each(['return', 'abort', 'deletion', 'close'] as const)(
    'leaves nothing behind after %s',
    async (how) => {
      const log = new MemoryLog(threadId);
      const hub = hubOver(log);
      const leaving = new AbortController();
      const events = hub.follow({ threadId, afterSeq: 0, accept: all, signal: leaving.signal });
      const waiting = events.next();
      if (how === 'return') await events.return?.();
      if (how === 'abort') leaving.abort();
      if (how === 'deletion') hub.threadDeleted(threadId);
      if (how === 'close') hub.close();

      expect(await waiting).toEqual({ done: true, value: undefined });
      expect(hub.followed).toEqual([]);
    },
  );

  test('that comes with an aborted signal ends at once', async () => {
    const hub = hubOver(new MemoryLog(threadId));
    const events = hub.follow({ threadId, afterSeq: 0, accept: all, signal: AbortSignal.abort() });
    expect(await events.next()).toEqual({ done: true, value: undefined });
    expect(hub.followed).toEqual([]);
  });
});

/**
 * What happens to the log, in any order: rows that are offered, rows whose offer is lost, a rollback, a
 * reader that takes one event.
 */
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('append' as const),
      run: fc.constantFrom('a', 'b'),
      offered: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('rollback' as const), run: fc.constantFrom('a', 'b') }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('read' as const), follower: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
);

test('whatever is lost, rolled back or late, each follower sees the remaining rows in order, each exactly once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.array(action, { maxLength: 40 }), async (scheduler, actions) => {
      const log = new MemoryLog(threadId);
      const hub = hubOver(
        log,
        log.reads((label, result) => scheduler.schedule(Promise.resolve(result), label)),
      );
      const seen: LoggedEvent[][] = [[], [], []];
      const removed = new Set<number>();
      const followers = seen.map(() => hub.follow({ threadId, afterSeq: 0, accept: all }));
      const reading: Promise<void>[][] = [[], [], []];
      const read = (index: number) => {
        const next = followers[index]!.next().then((result) => {
          if (result.done !== true) seen[index]!.push(result.value);
          reading[index]!.shift();
        });
        reading[index]!.push(next);
      };
      for (const one of actions) {
        if (one.kind === 'turn') await caughtUp();
        else if (one.kind === 'read') read(one.follower);
        else if (one.kind === 'append') {
          const event = log.append(run(one.run), queued);
          if (one.offered) hub.publish([event]);
        } else {
          for (const row of log.rows) if (row.runId === run(one.run)) removed.add(row.seq);
          log.removeRun(run(one.run));
          hub.publish([log.append(run(one.run), rolledBack)]);
        }
        if (scheduler.count() > 0) await scheduler.waitOne();
      }
      // Everyone reads on to a last row that is offered, so that "nothing more came" is proved by what came
      // after.
      const last = log.append(null, queued);
      hub.publish([last]);
      for (const [index, events] of seen.entries()) {
        while (events.at(-1)?.seq !== last.seq) {
          const before = events.length;
          if (reading[index]!.length === 0) read(index);
          await caughtUp();
          while (scheduler.count() > 0) await scheduler.waitOne().then(caughtUp);
          if (events.length === before)
            throw new Error(`Follower ${index} is stuck after ${JSON.stringify(seqs(events))}`);
        }
      }
      for (const events of seen) {
        const got = seqs(events);
        expect(got).toEqual([...new Set(got)].sort((a, b) => a - b));
        const remaining = seqs(log.rows);
        expect(got.filter((seq) => !removed.has(seq))).toEqual(remaining.filter((seq) => !removed.has(seq)));
      }
      hub.close();
    }),
    { numRuns: 300 },
  );
});
