/**
 * Double-texting with the LangGraph SDK, as its users write it; only the URL is ours.
 *
 *   npx node examples/langgraph-sdk/scenario.ts http://127.0.0.1:4000
 *
 * DELAY: seconds between the two messages where the first run is to have said something by then; default 2.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Client, type Message } from '@langchain/langgraph-sdk';

const delayMs = (): number => Number(process.env['DELAY'] ?? 2) * 1_000;
const SF = { messages: [{ role: 'user', content: "what's the weather in sf?" }] };
const NYC = { messages: [{ role: 'user', content: "what's the weather in nyc?" }] };

function prettyPrint(message: Message): void {
  const padded = ` ${message.type} `;
  const line = '='.repeat(Math.floor((80 - padded.length) / 2));
  console.log(`${line}${padded}${line}${padded.length % 2 === 1 ? '=' : ''}`);
  console.log(
    `\n${typeof message.content === 'string' ? message.content : JSON.stringify(message.content)}\n`,
  );
}

async function printThread(client: Client, threadId: string): Promise<void> {
  const state = await client.threads.getState<{ messages: Message[] }>(threadId);
  for (const message of state.values.messages) prettyPrint(message);
}

/** The first run stops; what it had done and said stays. */
async function interrupt(client: Client): Promise<void> {
  const thread = await client.threads.create();
  const first = await client.runs.create(thread.thread_id, 'agent', { input: SF });
  await wait(delayMs());
  const second = await client.runs.create(thread.thread_id, 'agent', {
    input: NYC,
    multitaskStrategy: 'interrupt',
  });
  await client.runs.join(thread.thread_id, second.run_id);
  await printThread(client, thread.thread_id);
  console.log(`first run: ${(await client.runs.get(thread.thread_id, first.run_id)).status}`);
}

/** The second run is refused while the first one is unfinished. */
async function reject(client: Client): Promise<void> {
  const thread = await client.threads.create();
  const first = await client.runs.create(thread.thread_id, 'agent', { input: SF });
  try {
    await client.runs.create(thread.thread_id, 'agent', { input: NYC, multitaskStrategy: 'reject' });
  } catch (error) {
    console.log(`Failed to start concurrent run: ${(error as { status?: number }).status}`);
  }
  await client.runs.join(thread.thread_id, first.run_id);
  await printThread(client, thread.thread_id);
}

/** The second run waits for the first. */
async function enqueue(client: Client): Promise<void> {
  const thread = await client.threads.create();
  await client.runs.create(thread.thread_id, 'agent', { input: SF });
  const second = await client.runs.create(thread.thread_id, 'agent', {
    input: NYC,
    multitaskStrategy: 'enqueue',
  });
  await client.runs.join(thread.thread_id, second.run_id);
  await printThread(client, thread.thread_id);
}

/** The first run is removed with all it did. */
async function rollback(client: Client): Promise<void> {
  const thread = await client.threads.create();
  const first = await client.runs.create(thread.thread_id, 'agent', { input: SF });
  const second = await client.runs.create(thread.thread_id, 'agent', {
    input: NYC,
    multitaskStrategy: 'rollback',
  });
  await client.runs.join(thread.thread_id, second.run_id);
  await printThread(client, thread.thread_id);
  try {
    await client.runs.get(thread.thread_id, first.run_id);
  } catch (error) {
    console.log(`first run: ${(error as { status?: number }).status}`);
  }
}

/** Plays all four with a client of whichever version. */
export async function play(client: Client): Promise<void> {
  for (const scenario of [interrupt, reject, enqueue, rollback]) {
    console.log(`\n# ${scenario.name}\n`);
    await scenario(client);
  }
}

if (import.meta.main) await play(new Client({ apiUrl: process.argv[2] ?? 'http://127.0.0.1:4000' }));
