import { beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import type { JsonObject } from '../../src/domain/json.ts';
import type { Orchestrator } from '../../src/orchestrator/orchestrator.ts';
import type { CreateRun } from '../../src/orchestrator/requests.ts';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { aMessage, aRun, aState, aThread, runId, threadId } from './support/rows.ts';
import { post, serve } from './support/test-server.ts';

const notFound = { kind: 'notFound', what: 'Thread', id: 'nowhere' } as const;
const invalid = {
  kind: 'invalid',
  issues: [
    { path: ['metadata'], message: 'It must be an object.' },
    { path: [], message: 'Give input or command, not both.' },
  ],
} as const;

/** The whole answer to one operation, against an orchestrator that does what is given. */
async function resultOf(
  commands: Parameters<typeof fakeOrchestrator>[0],
  query: string,
  variables: object = {},
): Promise<unknown> {
  const { url } = await serve(fakeOrchestrator(commands));
  return (await post(url, query, variables)).body;
}

describe('createThread', () => {
  const mutation = `mutation { createThread(metadata: {a: 1}) { __typename
    ... on Thread { id status metadata } ... on AlreadyExistsError { id message } ... on ValidationError { message issues { path message } } } }`;

  test('returns the thread', async () => {
    expect(
      await resultOf(
        {
          createThread: async ({ metadata }) => ({
            kind: 'ok',
            value: aThread({ metadata: metadata as JsonObject }),
          }),
        },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "createThread": {
            "__typename": "Thread",
            "id": "00000000-0000-7000-8000-000000000001",
            "metadata": {
              "a": 1,
            },
            "status": "IDLE",
          },
        },
      }
    `);
  });

  test('says which id is taken', async () => {
    expect(
      await resultOf(
        { createThread: async () => ({ kind: 'exists', what: 'Thread', id: threadId() }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "createThread": {
            "__typename": "AlreadyExistsError",
            "id": "00000000-0000-7000-8000-000000000001",
            "message": "Thread already exists",
          },
        },
      }
    `);
  });

  test('lists what is invalid', async () => {
    expect(await resultOf({ createThread: async () => invalid }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "createThread": {
            "__typename": "ValidationError",
            "issues": [
              {
                "message": "It must be an object.",
                "path": [
                  "metadata",
                ],
              },
              {
                "message": "Give input or command, not both.",
                "path": [],
              },
            ],
            "message": "metadata: It must be an object.; Give input or command, not both.",
          },
        },
      }
    `);
  });

  test('hands null arguments over as absent ones', async () => {
    const seen: unknown[] = [];
    const createThread: Orchestrator['createThread'] = async (command) => {
      seen.push(command);
      return { kind: 'ok', value: aThread() };
    };

    await resultOf(
      { createThread },
      'mutation { createThread(id: null, metadata: null, ifExists: RETURN) { __typename } }',
    );

    expect(seen).toEqual([{ owner: DEFAULT_OWNER, id: undefined, metadata: undefined, ifExists: 'RETURN' }]);
  });
});

describe('updateThread', () => {
  const mutation = `mutation { updateThread(id: "nowhere", metadata: {}) { __typename
    ... on Thread { id updatedAt } ... on NotFoundError { kind id message } ... on Error { message } } }`;

  test('returns the thread', async () => {
    expect(
      await resultOf({ updateThread: async () => ({ kind: 'ok', value: aThread() }) }, mutation),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThread": {
            "__typename": "Thread",
            "id": "00000000-0000-7000-8000-000000000001",
            "updatedAt": "2026-01-01T12:00:00.000Z",
          },
        },
      }
    `);
  });

  test('names what is not there', async () => {
    expect(await resultOf({ updateThread: async () => notFound }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThread": {
            "__typename": "NotFoundError",
            "id": "nowhere",
            "kind": "Thread",
            "message": "Thread with ID nowhere not found",
          },
        },
      }
    `);
  });

  test('says what is invalid', async () => {
    expect(await resultOf({ updateThread: async () => invalid }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThread": {
            "__typename": "ValidationError",
            "message": "metadata: It must be an object.; Give input or command, not both.",
          },
        },
      }
    `);
  });
});

describe('deleteThread', () => {
  const mutation =
    'mutation { deleteThread(id: "nowhere") { __typename ... on Deleted { id } ... on NotFoundError { kind id message } } }';

  test('says what is gone', async () => {
    expect(
      await resultOf({ deleteThread: async ({ threadId: id }) => ({ kind: 'deleted', id }) }, mutation),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "deleteThread": {
            "__typename": "Deleted",
            "id": "nowhere",
          },
        },
      }
    `);
  });

  test('names what is not there', async () => {
    expect(await resultOf({ deleteThread: async () => notFound }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "deleteThread": {
            "__typename": "NotFoundError",
            "id": "nowhere",
            "kind": "Thread",
            "message": "Thread with ID nowhere not found",
          },
        },
      }
    `);
  });
});

describe('updateThreadState', () => {
  const mutation = `mutation { updateThreadState(threadId: "nowhere", values: {x: 1}) { __typename
    ... on ThreadState { values next checkpoint { checkpointId } } ... on ThreadBusyError { blockingRun { id } } ... on Error { message } } }`;

  test('returns the new state', async () => {
    expect(
      await resultOf(
        { updateThreadState: async ({ values }) => ({ kind: 'ok', value: aState({ values }) }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThreadState": {
            "__typename": "ThreadState",
            "checkpoint": {
              "checkpointId": "c2",
            },
            "next": [],
            "values": {
              "x": 1,
            },
          },
        },
      }
    `);
  });

  test('names the run that is in the way', async () => {
    const busy = { kind: 'busy', blockingRun: aRun({ status: 'RUNNING' }) } as const;

    expect(await resultOf({ updateThreadState: async () => busy }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThreadState": {
            "__typename": "ThreadBusyError",
            "blockingRun": {
              "id": "00000000-0000-7000-8000-000000000101",
            },
            "message": "Thread is busy: run 00000000-0000-7000-8000-000000000101 has not ended. Wait for it or choose another multitask strategy (enqueue, interrupt, rollback).",
          },
        },
      }
    `);
  });

  test('names a checkpoint that is not there', async () => {
    const noCheckpoint = { kind: 'notFound', what: 'Checkpoint', id: 'c9' } as const;

    expect(await resultOf({ updateThreadState: async () => noCheckpoint }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThreadState": {
            "__typename": "NotFoundError",
            "message": "Checkpoint c9 not found",
          },
        },
      }
    `);
  });

  test('says what is invalid', async () => {
    expect(await resultOf({ updateThreadState: async () => invalid }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "updateThreadState": {
            "__typename": "ValidationError",
            "message": "metadata: It must be an object.; Give input or command, not both.",
          },
        },
      }
    `);
  });
});

describe('createRun', () => {
  const mutation = `mutation { createRun(threadId: "t", assistantId: "agent", input: {messages: []}) { __typename
    ... on Run { id threadId status endReason error { name } multitaskStrategy input command config context metadata attempt createdAt startedAt finishedAt }
    ... on ThreadBusyError { message blockingRun { id status } } ... on NotFoundError { message kind id }
    ... on ValidationError { message issues { path message } } ... on IdempotencyConflictError { message idempotencyKey } } }`;

  test('returns the stored run', async () => {
    expect(
      await resultOf(
        { createRun: async ({ input }) => ({ kind: 'ok', value: aRun({ input: input ?? null }) }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "createRun": {
            "__typename": "Run",
            "attempt": 0,
            "command": null,
            "config": {},
            "context": null,
            "createdAt": "2026-01-01T12:00:00.000Z",
            "endReason": null,
            "error": null,
            "finishedAt": null,
            "id": "00000000-0000-7000-8000-000000000101",
            "input": {
              "messages": [],
            },
            "metadata": {},
            "multitaskStrategy": "ENQUEUE",
            "startedAt": null,
            "status": "PENDING",
            "threadId": "00000000-0000-7000-8000-000000000001",
          },
        },
      }
    `);
  });

  test('names the oldest unfinished run when the thread is busy', async () => {
    const busy = { kind: 'busy', blockingRun: aRun({ status: 'RUNNING' }) } as const;

    expect(await resultOf({ createRun: async () => busy }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "createRun": {
            "__typename": "ThreadBusyError",
            "blockingRun": {
              "id": "00000000-0000-7000-8000-000000000101",
              "status": "RUNNING",
            },
            "message": "Thread is busy: run 00000000-0000-7000-8000-000000000101 has not ended. Wait for it or choose another multitask strategy (enqueue, interrupt, rollback).",
          },
        },
      }
    `);
  });

  test('names an assistant that is not there', async () => {
    expect(
      await resultOf(
        { createRun: async () => ({ kind: 'notFound', what: 'Assistant', id: 'nobody' }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "createRun": {
            "__typename": "NotFoundError",
            "id": "nobody",
            "kind": "Assistant",
            "message": "No assistant found for "nobody". Make sure the assistant ID is for a valid assistant or a valid graph ID.",
          },
        },
      }
    `);
  });

  test('lists what is invalid', async () => {
    expect(await resultOf({ createRun: async () => invalid }, mutation)).toMatchInlineSnapshot(`
      {
        "data": {
          "createRun": {
            "__typename": "ValidationError",
            "issues": [
              {
                "message": "It must be an object.",
                "path": [
                  "metadata",
                ],
              },
              {
                "message": "Give input or command, not both.",
                "path": [],
              },
            ],
            "message": "metadata: It must be an object.; Give input or command, not both.",
          },
        },
      }
    `);
  });

  test('names the idempotency key that was used otherwise', async () => {
    expect(
      await resultOf(
        { createRun: async () => ({ kind: 'idempotencyConflict', idempotencyKey: 'k1' }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "createRun": {
            "__typename": "IdempotencyConflictError",
            "idempotencyKey": "k1",
            "message": "The idempotency key "k1" was used for a different request.",
          },
        },
      }
    `);
  });

  describe('its arguments', () => {
    let seen: CreateRun[];
    const createRun: Orchestrator['createRun'] = async (command) => {
      seen.push(command);
      return { kind: 'ok', value: aRun() };
    };
    const sent = async (
      args: string,
      declared = '',
      variables: object = {},
    ): Promise<CreateRun | undefined> => {
      await resultOf(
        { createRun },
        `mutation${declared} { createRun(threadId: "t", assistantId: "agent"${args}) { __typename } }`,
        variables,
      );
      return seen[0];
    };
    beforeEach(() => {
      seen = [];
    });

    test('have the defaults of the contract', async () => {
      expect(await sent('')).toEqual({
        owner: DEFAULT_OWNER,
        threadId: 't',
        assistantId: 'agent',
        strategy: 'ENQUEUE',
        keepPartialOutput: true,
        keepPendingInput: true,
        headers: expect.objectContaining({ 'content-type': 'application/json' }),
      });
    });

    test('keep a null inside of a command, which resumes with null', async () => {
      expect(await sent(', input: null, command: {resume: null}')).toMatchObject({
        input: undefined,
        command: { resume: null },
      });
      expect(seen[0]?.command).toHaveProperty('resume', null);
    });

    test('keep a null inside of a command that comes as a variable', async () => {
      expect((await sent(', command: $c', '($c: JSON)', { c: { resume: null } }))?.command).toEqual({
        resume: null,
      });
    });

    test('take variables inside of JSON literals', async () => {
      const run = await sent(', input: {messages: [{role: "user", content: $text}]}', '($text: String!)', {
        text: 'hi',
      });

      expect(run?.input).toEqual({ messages: [{ role: 'user', content: 'hi' }] });
    });

    test('turn JSON literals into plain objects', async () => {
      const run = await sent(', input: {a: {b: 1}}');

      expect(Object.getPrototypeOf(run?.input)).toBe(Object.prototype);
    });

    test('ask to record EVENTS when streamModes name it', async () => {
      expect(await sent(', streamModes: [VALUES, EVENTS]')).toMatchObject({ recordEvents: true });
    });
  });
});

describe('joinRun', () => {
  const mutation = `mutation { joinRun(threadId: "t", runId: "r", timeoutSeconds: 1.5) { __typename
    ... on JoinedRun { run { id status endReason } state { values messages { text } } } ... on NotFoundError { kind id }
    ... on JoinTimeoutError { message run { id } } } }`;
  const ended = aRun({ status: 'SUCCESS', endReason: 'COMPLETED' });

  test('returns the ended run with the state that it left', async () => {
    const stateAfter = async () => aState({ messages: [aMessage()] });

    expect(
      await resultOf(
        { joinRun: async () => ({ kind: 'joined', run: ended }), queries: { stateAfter } },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "joinRun": {
            "__typename": "JoinedRun",
            "run": {
              "endReason": "COMPLETED",
              "id": "00000000-0000-7000-8000-000000000101",
              "status": "SUCCESS",
            },
            "state": {
              "messages": [
                {
                  "text": "hi",
                },
              ],
              "values": {
                "count": 1,
              },
            },
          },
        },
      }
    `);
  });

  test('tells when the run was removed', async () => {
    expect(
      await resultOf({ joinRun: async () => ({ kind: 'notFound', what: 'Run', id: runId() }) }, mutation),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "joinRun": {
            "__typename": "NotFoundError",
            "id": "00000000-0000-7000-8000-000000000101",
            "kind": "Run",
          },
        },
      }
    `);
  });

  test('tells when the time is over', async () => {
    expect(
      await resultOf(
        { joinRun: async () => ({ kind: 'timeout', run: aRun({ status: 'RUNNING' }) }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "joinRun": {
            "__typename": "JoinTimeoutError",
            "message": "Run 00000000-0000-7000-8000-000000000101 did not end in time; its status is RUNNING.",
            "run": {
              "id": "00000000-0000-7000-8000-000000000101",
            },
          },
        },
      }
    `);
  });
});

describe('cancelRun', () => {
  const mutation =
    'mutation { cancelRun(threadId: "t", runId: "r", action: ROLLBACK) { __typename ... on Run { id status } ... on NotFoundError { kind id } } }';

  test('returns the run as it is now', async () => {
    expect(
      await resultOf(
        { cancelRun: async () => ({ kind: 'ok', value: aRun({ status: 'RUNNING' }) }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "cancelRun": {
            "__typename": "Run",
            "id": "00000000-0000-7000-8000-000000000101",
            "status": "RUNNING",
          },
        },
      }
    `);
  });

  test('names a run that is not there', async () => {
    expect(
      await resultOf({ cancelRun: async () => ({ kind: 'notFound', what: 'Run', id: 'r' }) }, mutation),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "cancelRun": {
            "__typename": "NotFoundError",
            "id": "r",
            "kind": "Run",
          },
        },
      }
    `);
  });
});

describe('deleteRun', () => {
  const mutation = `mutation { deleteRun(threadId: "t", runId: "r") { __typename
    ... on Deleted { id } ... on NotFoundError { kind id } ... on RunActiveError { message run { id status } } } }`;

  test('says what is gone', async () => {
    expect(
      await resultOf({ deleteRun: async ({ runId: id }) => ({ kind: 'deleted', id }) }, mutation),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "deleteRun": {
            "__typename": "Deleted",
            "id": "r",
          },
        },
      }
    `);
  });

  test('names a run that is not there', async () => {
    expect(
      await resultOf({ deleteRun: async () => ({ kind: 'notFound', what: 'Run', id: 'r' }) }, mutation),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "deleteRun": {
            "__typename": "NotFoundError",
            "id": "r",
            "kind": "Run",
          },
        },
      }
    `);
  });

  test('refuses a run that has not ended', async () => {
    expect(
      await resultOf(
        { deleteRun: async () => ({ kind: 'active', run: aRun({ status: 'RUNNING' }) }) },
        mutation,
      ),
    ).toMatchInlineSnapshot(`
      {
        "data": {
          "deleteRun": {
            "__typename": "RunActiveError",
            "message": "Run 00000000-0000-7000-8000-000000000101 has not ended. Cancel it first.",
            "run": {
              "id": "00000000-0000-7000-8000-000000000101",
              "status": "RUNNING",
            },
          },
        },
      }
    `);
  });
});
