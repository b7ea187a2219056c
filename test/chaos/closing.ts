import { until } from '../support/until.ts';
import type { ChaosClient } from './chaos-client.ts';
import type { FinalThread } from './history/observed.ts';
import type { Query } from './rows.ts';
import type { ChaosThread, World } from './world.ts';

/**
 * How long may pass without a run that ends: leases end, processes start, runs begin anew. A slow machine
 * takes its time for all of them.
 */
const REST_MS = 45_000;
const CATCH_UP_MS = 60_000;
const THREADS_AT_ONCE = 6;

/** Resolves when no run is unfinished; rejects with those that are when none ends any more. */
export async function comeToRest(query: Query): Promise<void> {
  const unfinished = () =>
    query<object>(`select id, status, attempt, stop from run where status in ('PENDING', 'RUNNING')`);
  for (let left = await unfinished(); left.length > 0; ) {
    const before = left.length;
    left = await until(unfinished, (now) => now.length < before, {
      deadlineMs: REST_MS,
      describe: (now) => `These runs don't end: ${JSON.stringify(now)}`,
      pauseMs: 200,
    });
  }
}

/**
 * Sends one more run to each thread, which must go through: no thread is stuck. Then waits until those who
 * follow the thread have caught up, and reads what is to be compared.
 */
export async function closeThreads(
  world: World,
  clients: readonly ChaosClient[],
  query: Query,
): Promise<FinalThread[]> {
  const finals: FinalThread[] = [];
  const left = await world.threads();
  const closing = async (client: ChaosClient): Promise<void> => {
    for (let thread = left.pop(); thread !== undefined; thread = left.pop())
      finals.push(await closeThread(world, client, thread, query));
  };
  await Promise.all(
    Array.from({ length: THREADS_AT_ONCE }, (_, index) => closing(clients[index % clients.length]!)),
  );
  return finals;
}

async function closeThread(
  world: World,
  client: ChaosClient,
  thread: ChaosThread,
  query: Query,
): Promise<FinalThread> {
  const [row] = await query<{ next_seq: number | string }>(
    `select next_seq from thread where id = '${thread.id}'`,
  );
  const rested = { status: await client.statusNow(thread), lastSeq: Number(row?.next_seq) - 1 };
  const runId = await client.close(thread);
  if (runId === undefined) world.problems.push(`The thread ${thread.id} did not take its closing run`);
  else {
    await client.join(thread, runId);
    // Who doesn't catch up is a violation for the checker to tell.
    await until(
      () =>
        thread.followers.map(
          ({ events }) => events.find(({ kind, runId: of }) => kind === 'RUN_ENDED' && of === runId)?.seq,
        ),
      (ends) => ends.every((seq) => seq !== undefined && thread.conversationSeq >= seq),
      { deadlineMs: CATCH_UP_MS, pauseMs: 20 },
    ).catch(() =>
      world.problems.push(
        `Not everybody who follows the thread ${thread.id} has caught up in ${CATCH_UP_MS} ms`,
      ),
    );
  }
  for (const follower of thread.followers) follower.stayed();
  const state = await client.stateNow(thread);
  const conversation = thread.conversation.messages.map((message) => ({
    id: message.id,
    type: message.type,
    text: message.text,
    partial: message.__typename === 'AIMessage' && message.partial,
  }));
  return { threadId: thread.id, state, conversation, rested };
}
