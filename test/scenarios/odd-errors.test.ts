import { expect, test } from 'vitest';
import { createClient, type InterjectClient, unwrap } from '../../src/client/public.ts';
import type { Run } from '../../src/domain/run.ts';
import { MAX_ERROR_MESSAGE } from '../../src/domain/thrown.ts';
import { ODD_ERRORS } from '../support/odd-errors.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

async function failed(client: InterjectClient, text: string) {
  const threadId = unwrap(await client.createThread()).id;
  const input = { messages: [{ role: 'user', content: text }] };
  const { id } = unwrap(await client.createRun({ threadId, assistantId: 'uncaught', input }));
  return { threadId, run: unwrap(await client.joinRun(threadId, id, { timeoutSeconds: 20 })).run };
}

const restOf = (client: { readonly url: string }, threadId: string) => async (path: string) => {
  const response = await fetch(new URL(`/threads/${threadId}${path}`, client.url));
  return { status: response.status, text: await response.text() };
};

test('whatever a node throws, its run ends with plain text', async () => {
  await using service = await startTestService();
  const client = createClient({ url: service.url });

  for (const odd of Object.keys(ODD_ERRORS)) {
    const { threadId, run } = await failed(client, `throw:${odd}`);

    expect({ odd, ...run }).toMatchObject({
      odd,
      status: 'ERROR',
      endReason: 'FAILED',
      error: { message: expect.any(String) },
    });
    expect([odd, run.error?.name]).not.toEqual([odd, 'InternalError']);
    // LangGraph can record nothing of an error whose message it can't read.
    const recorded = odd === 'message-getter' ? null : expect.any(String);
    expect({ odd, tasks: (await client.state(threadId))?.tasks }).toMatchObject({
      odd,
      tasks: [{ name: 'throws', error: recorded }],
    });
  }
});

test('a very long message is cut wherever it is told', async () => {
  await using database = await TestDatabase.create();
  await using service = await startTestService({ database: database.url });
  const client = createClient({ url: service.url });

  const { threadId, run } = await failed(client, 'throw:long');

  expect(run.error?.message).toMatch(/^h+… \[truncated: 200,000 characters\]$/);
  expect(run.error?.message).toHaveLength(MAX_ERROR_MESSAGE);
  const rest = restOf(service, threadId);
  for (const path of ['', '/state', '/history', '/runs', `/runs/${run.id}/join`]) {
    const { status, text } = await rest(path);
    expect(status).toBe(200);
    expect(text.length).toBeLessThan(3 * MAX_ERROR_MESSAGE);
  }
  const rows = Object.values(await database.dump()).flat();
  expect(Math.max(...rows.map((row) => JSON.stringify(row).length))).toBeLessThan(3 * MAX_ERROR_MESSAGE);
});

test('runs that an earlier version stored with odd errors can be read', async () => {
  await using database = await TestDatabase.create();
  await using service = await startTestService({ database: database.url });
  const client = createClient({ url: service.url });
  const { threadId, run } = await failed(client, 'throw:name-object');
  const rest = restOf(service, threadId);

  for (const [stored, told] of [
    ['{}', { name: 'Error', message: '' }],
    ['{"name":{},"message":{"a":1}}', { name: 'Error', message: '{"a":1}' }],
    ['{"message":5,"stack":5}', { name: 'Error', message: '5' }],
    ['"text"', { name: 'Error', message: 'text' }],
  ] as const) {
    await database.query(`update run set error = '${stored}' where id = '${run.id}' returning id`);
    await database.query(
      `update run_event set payload = '{"status":"ERROR","endReason":"FAILED","interrupts":[],"error":${stored}}' where kind = 'RUN_ENDED' returning seq`,
    );
    expect((await client.run(run.id))?.error).toMatchObject(told);
    const joined = JSON.parse((await rest(`/runs/${run.id}/join`)).text) as object;
    expect(joined).toEqual({ __error__: { error: told.name, message: told.message } });
    const log = await service.orchestrator.queries.log({ id: run.id, threadId } as Run);
    expect(log.at(-1)).toMatchObject({ kind: 'RUN_ENDED', error: told });
  }
});
