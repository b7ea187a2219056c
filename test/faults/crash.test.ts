import { describe, expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { findDanglingToolCalls } from '../support/dangling-tool-calls.ts';
import { startTestService } from '../support/service.ts';
import { CrashScene } from './crash-scene.ts';

const TIMEOUT = { timeout: 60_000 };

describe('a server that is killed and started again', TIMEOUT, () => {
  test('begins a run anew whose input had not been committed', async () => {
    await using scene = await CrashScene.open(['factory']);
    const run = await scene.start('factory', 'hello');
    await scene.seen('RunStarted');

    await scene.killAndRestart();

    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    expect(await scene.said()).toEqual(['human: hello', 'ai: vanilla']);
    await scene.seen('RunEnded');
    await scene.expectConsistent();
  });

  test('takes back what had been streamed, says that the run was resumed, and streams it anew', async () => {
    await using scene = await CrashScene.open(['echo:2']);
    const run = await scene.start('echo', 'one two three');
    await scene.words(2);

    await scene.killAndRestart();

    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS', attempt: 2 });
    await scene.seen('RunEnded');
    const lifecycle = scene.eventsOf(run).filter((name) => /^Run|Reset/.test(name));
    expect(lifecycle).toEqual(['RunQueued', 'RunStarted', 'RunResumed', 'MessagesReset', 'RunEnded']);
    expect(await scene.said()).toEqual(['human: one two three', 'ai: one two three']);
    expect(scene.row(run)).toMatchObject({ attempt: 2, failures: 1 });
    await scene.expectConsistent();
  });

  test('does not call again the one of two tools that had answered', async () => {
    await using scene = await CrashScene.open(['two-tools:second']);
    const run = await scene.start('two-tools', 'go');
    await scene.seen(
      'TaskChunk',
      ({ task }) => (task as { name: string }).name === 'tools' && 'result' in (task as object),
    );

    // Called again, it would be held for ever.
    await scene.killAndRestart(['two-tools:first']);

    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS' });
    await scene.seen('RunEnded');
    expect(await scene.said()).toEqual([
      'human: go',
      'ai: ',
      'tool: first says yes',
      'tool: second says yes',
      'ai: Both tools have answered.',
    ]);
    await scene.expectConsistent();
  });

  test('does not repeat a superstep that was completed', async () => {
    await using scene = await CrashScene.open(['side-effects:second']);
    const run = await scene.start('side-effects', 'go');
    await scene.seen('TaskChunk', ({ task }) => (task as { name: string }).name === 'second');

    await scene.killAndRestart(['side-effects:first']);

    expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS' });
    await scene.seen('RunEnded');
    expect(scene.tasks()).toEqual(['first', 'second', 'second', 'third']);
    expect(await scene.said()).toEqual(['human: go', 'ai: first', 'ai: second', 'ai: third']);
    await scene.expectConsistent();
  });

  test('runs the waiting runs in their order', async () => {
    await using scene = await CrashScene.open(['echo:1']);
    await scene.start('echo', 'one two');
    await scene.words(1);
    const waiting: { readonly id: string }[] = [];
    for (const text of ['a', 'b', 'c']) waiting.push(await scene.start('echo', text));

    await scene.killAndRestart();

    for (const run of waiting)
      expect(await scene.ended(run)).toMatchObject({ status: 'SUCCESS', attempt: 1 });
    expect((await scene.said()).slice(2)).toEqual([
      'human: a',
      'ai: a',
      'human: b',
      'ai: b',
      'human: c',
      'ai: c',
    ]);
    await scene.seen('RunEnded', ({ runId }) => runId === waiting[2]!.id);
    await scene.expectConsistent();
  });

  test('gives a run up whose processes died three times, and the thread goes on', async () => {
    await using scene = await CrashScene.open(['echo:1']);
    const run = await scene.start('echo', 'one two');
    await scene.words(1);
    for (const attempt of [2, 3]) {
      await scene.killAndRestart(['echo:1']);
      await scene.words(attempt);
    }

    await scene.killAndRestart();

    expect(await scene.ended(run)).toMatchObject({
      status: 'ERROR',
      endReason: 'WORKER_LOST',
      error: { name: 'WorkerLostError' },
    });
    expect(await scene.client.thread(scene.threadId)).toMatchObject({ status: 'ERROR' });
    const next = await scene.start('echo', 'again');
    expect(await scene.ended(next)).toMatchObject({ status: 'SUCCESS' });
    expect(await scene.said()).toEqual(['human: one two', 'human: again', 'ai: again']);
    await scene.seen('RunEnded', ({ runId }) => runId === next.id);
    await scene.expectConsistent();
  });
});

/**
 * Between the commit of a stop request and the end of its run there are one or two milliseconds. To die in
 * them, the server is killed first and the request is committed by a service that executes nothing.
 */
async function requestStop(
  scene: CrashScene,
  strategy: 'INTERRUPT' | 'ROLLBACK',
  texts: readonly string[],
): Promise<string[]> {
  await scene.server.kill();
  await using admitting = await startTestService({ database: scene.file.path, config: { concurrency: 0 } });
  const ids: string[] = [];
  for (const [index, content] of texts.entries()) {
    const outcome = await admitting.orchestrator.createRun({
      owner: DEFAULT_OWNER,
      threadId: scene.threadId,
      assistantId: 'two-tools',
      input: { messages: [{ type: 'human', content }] },
      strategy: index === texts.length - 1 ? strategy : 'ENQUEUE',
      keepPartialOutput: true,
      keepPendingInput: true,
      recordEvents: false,
    });
    if (outcome.kind !== 'ok') throw new Error(outcome.kind);
    ids.push(outcome.value.id);
  }
  return ids;
}

describe('a stop request that the server did not live to act on', TIMEOUT, () => {
  test('INTERRUPT is settled once after the restart, with the partial text from the log', async () => {
    await using scene = await CrashScene.open(['two-tools:answer:2']);
    const run = await scene.start('two-tools', 'go');
    await scene.words(2);

    const [waiting, next] = await requestStop(scene, 'INTERRUPT', ['waiting', 'next']);
    await scene.restart();

    expect(await scene.ended({ id: next! })).toMatchObject({ status: 'SUCCESS' });
    expect(await scene.ended(run)).toMatchObject({
      status: 'INTERRUPTED',
      endReason: 'SUPERSEDED',
      supersededBy: { id: next },
    });
    expect(await scene.ended({ id: waiting! })).toMatchObject({
      status: 'INTERRUPTED',
      supersededBy: { id: next },
    });
    expect((await scene.said()).slice(0, 7)).toEqual([
      'human: go',
      'ai: ',
      'tool: first says yes',
      'tool: second says yes',
      'ai (partial): Both tools',
      'human: waiting',
      'human: next',
    ]);
    await scene.seen('RunEnded', ({ runId }) => runId === next);
    expect(scene.eventsOf(run).filter((name) => name === 'RunEnded')).toHaveLength(1);
    await scene.expectConsistent();
  });

  test('INTERRUPT in the middle of two tools keeps the one that had answered and answers the other', async () => {
    await using scene = await CrashScene.open(['two-tools:second']);
    const run = await scene.start('two-tools', 'go');
    await scene.seen(
      'TaskChunk',
      ({ task }) => (task as { name: string }).name === 'tools' && 'result' in (task as object),
    );

    const [next] = await requestStop(scene, 'INTERRUPT', ['next']);
    await scene.restart();

    await scene.ended({ id: next! });
    expect(await scene.ended(run)).toMatchObject({ status: 'INTERRUPTED' });
    const state = await scene.client.state<{ messages: [] }>(scene.threadId);
    expect((await scene.said()).slice(0, 4)).toEqual([
      'human: go',
      'ai: ',
      'tool: first says yes',
      'tool: The tool call was stopped before it finished.',
    ]);
    expect(findDanglingToolCalls(state!.values.messages)).toEqual([]);
    await scene.seen('RunEnded', ({ runId }) => runId === next);
    await scene.expectConsistent();
  });

  test('ROLLBACK removes the run after the restart, with all that it had done', async () => {
    await using scene = await CrashScene.open(['two-tools:second']);
    const run = await scene.start('two-tools', 'go');
    await scene.seen(
      'TaskChunk',
      ({ task }) => (task as { name: string }).name === 'tools' && 'result' in (task as object),
    );

    const [next] = await requestStop(scene, 'ROLLBACK', ['next']);
    await scene.restart();

    await scene.ended({ id: next! });
    expect(await scene.client.run(run.id)).toBeNull();
    expect((await scene.said())[0]).toBe('human: next');
    await scene.seen('RunEnded', ({ runId }) => runId === next);
    expect(scene.eventsOf(run).filter((name) => name === 'RunRolledBack')).toHaveLength(1);
    await scene.expectConsistent();
  });
});
