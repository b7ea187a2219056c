import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/http/limits.ts';
import type { Service } from '../../src/service.ts';
import { human, TestThread } from '../support/conversing.ts';
import { type Gate, gate, resetGates } from '../support/gates.ts';
import { post } from '../support/post.ts';
import { startTestService } from '../support/service.ts';
import { until } from '../support/until.ts';

afterEach(resetGates);

const ONE = { config: { limits: { ...DEFAULT_LIMITS, maxJoins: 1 } } };
const FULL =
  'This process has reached its limit of 1 requests waiting for runs (INTERJECT_MAX_JOINS). Try again later.';
const RUN = { assistant_id: 'side-effects', input: human('hi') };
const JOIN =
  'mutation($threadId: ID!, $runId: ID!) { joinRun(threadId: $threadId, runId: $runId) { __typename } }';

type Held = { readonly thread: TestThread; readonly runId: string; readonly stays: Gate };

/** A thread with a run that is held in its first node. */
async function heldRun(service: Service): Promise<Held> {
  const stays = gate('side-effects:first');
  const thread = await TestThread.create(service);
  const run = await thread.start('side-effects', { input: human('hi') });
  await stays.reached;
  return { thread, runId: run.id, stays };
}

const call = (
  service: Service,
  method: string,
  path: string,
  body?: object,
  signal?: AbortSignal,
): Promise<Response> =>
  fetch(new URL(path, service.url), {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });

async function expectFull(answer: Response): Promise<void> {
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await answer.json()).toEqual({ detail: FULL });
}

/** The answer of a join once it gets a place: a stream that has begun. */
const untilPlace = (service: Service, path: string, signal: AbortSignal): Promise<Response> =>
  until(
    () => call(service, 'GET', path, undefined, signal),
    ({ status }) => status !== 503,
    { describe: ({ status }) => String(status) },
  );

describe('requests that wait for a run beyond those that a process may have', () => {
  test('get 503 with Retry-After, leave nothing behind, and get a place when another client has gone', async () => {
    await using service = await startTestService(ONE);
    const { thread, runId, stays } = await heldRun(service);
    const path = `/threads/${thread.id}/runs/${runId}`;
    const [first, second] = [new AbortController(), new AbortController()];
    expect((await call(service, 'GET', `${path}/join`, undefined, first.signal)).status).toBe(200);
    const fresh = randomUUID();

    await expectFull(await call(service, 'GET', `${path}/join`));
    await expectFull(await call(service, 'GET', `/runs/${runId}/join`));
    await expectFull(await call(service, 'POST', `${path}/cancel?wait=true`));
    await expectFull(await call(service, 'POST', `/threads/${thread.id}/runs/wait`, RUN));
    await expectFull(
      await call(service, 'POST', `/threads/${fresh}/runs/wait`, { ...RUN, if_not_exists: 'create' }),
    );
    await expectFull(await call(service, 'POST', '/runs/wait', RUN));

    const { client } = thread;
    expect((await client.thread(thread.id))?.status).toBe('BUSY');
    expect(
      (await (await call(service, 'GET', `/threads/${thread.id}/runs`)).json()) as unknown[],
    ).toHaveLength(1);
    expect((await call(service, 'GET', `/threads/${fresh}`)).status).toBe(404);
    expect((await (await call(service, 'POST', '/threads/search', {})).json()) as unknown[]).toHaveLength(1);
    expect((await client.run(runId))?.status).toBe('RUNNING');
    first.abort();
    const joined = await untilPlace(service, `${path}/join`, second.signal);
    expect(joined.status).toBe(200);
    await expectFull(await call(service, 'GET', `${path}/join`));
    stays.open();
    expect(await joined.json()).toHaveProperty('messages');
    expect((await untilPlace(service, `${path}/join`, second.signal)).status).toBe(200);
  });

  test('are counted over both protocols; GraphQL says SERVICE_UNAVAILABLE with HTTP 503', async () => {
    await using service = await startTestService(ONE);
    const { thread, runId, stays } = await heldRun(service);
    const variables = { threadId: thread.id, runId };
    const caller = new AbortController();
    await call(service, 'GET', `/threads/${thread.id}/runs/${runId}/join`, undefined, caller.signal);

    const response = await fetch(service.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: JOIN, variables }),
    });

    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    expect(await response.json()).toMatchObject({
      errors: [{ message: FULL, extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    caller.abort();
    const ended = until(
      () => post(service.url, JOIN, variables),
      ({ status }) => status !== 503,
    );
    await until(
      async () => {
        const attempt = new AbortController();
        const { status } = await call(
          service,
          'GET',
          `/threads/${thread.id}/runs/${runId}/join`,
          undefined,
          attempt.signal,
        );
        attempt.abort();
        return status;
      },
      (status) => status === 503,
    );
    stays.open();
    expect((await ended).body.data).toEqual({ joinRun: { __typename: 'JoinedRun' } });
  });

  test('do not keep an ended run from being joined', async () => {
    await using service = await startTestService(ONE);
    const ended = await TestThread.create(service);
    const { run } = await ended.run('side-effects', { input: human('hi') });
    const { thread, runId } = await heldRun(service);
    const caller = new AbortController();
    await call(service, 'GET', `/threads/${thread.id}/runs/${runId}/join`, undefined, caller.signal);

    const rest = await call(service, 'GET', `/threads/${ended.id}/runs/${run.id}/join`);
    const graphql = await post(service.url, JOIN, { threadId: ended.id, runId: run.id });

    expect(rest.status).toBe(200);
    expect(graphql.body.data).toEqual({ joinRun: { __typename: 'JoinedRun' } });
    caller.abort();
  });

  test('that are refused, answered or left give their place back, however often', async () => {
    await using service = await startTestService(ONE);
    const thread = await TestThread.create(service);

    for (let round = 0; round < 3; round += 1) {
      const missing = await call(service, 'POST', `/threads/${randomUUID()}/runs/wait`, RUN);
      expect(missing.status).toBe(404);
      const waited = await until(
        () => call(service, 'POST', `/threads/${thread.id}/runs/wait`, RUN),
        ({ status }) => status !== 503,
      );
      expect(await waited.json()).toHaveProperty('messages');
    }
  });
});
