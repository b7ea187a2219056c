/**
 * Time travel: read a thread's history, go on from an earlier checkpoint, and fork it with another question.
 *
 *   npx node examples/time-travel.ts                                      starts a server of its own npx node examples/time-travel.ts --url http://127.0.0.1:4000/graphql  uses a running one that serves the demo agent
 */
import { parseArgs } from 'node:util';
// In a project of your own: from 'interject/client'
import { createClient, type InterjectClient, type ThreadState, unwrap } from '../src/client/public.ts';
import { lines } from './support/messages.ts';
import { startServer } from './support/server.ts';

async function play(client: InterjectClient): Promise<void> {
  const thread = unwrap(await client.createThread());
  const input = { messages: [{ role: 'user', content: "what's the weather in sf?" }] };
  const run = unwrap(await client.createRun({ threadId: thread.id, assistantId: 'agent', input }));
  const asked = unwrap(await client.joinRun(thread.id, run.id));
  tell('The conversation', asked.state);

  const history = (await client.history(thread.id, { first: 20 }))?.nodes ?? [];
  console.log('\nIts history, newest first:\n');
  for (const state of history)
    console.log(
      `  ${state.checkpoint.checkpointId}  ${state.messages.length} messages, next: ${state.next.join(', ') || 'nothing'}`,
    );

  // The state in which only the question was there, and the agent was about to begin.
  const [early] = history.filter(({ messages, next }) => messages.length === 1 && next.length > 0);
  if (early === undefined) throw new Error('The history does not hold the question');
  const checkpointId = early.checkpoint.checkpointId;

  const replayed = unwrap(
    await client.createRun({ threadId: thread.id, assistantId: 'agent', checkpointId }),
  );
  tell('Replayed from the question', unwrap(await client.joinRun(thread.id, replayed.id)).state);

  // A message with the id of another takes its place.
  const question = { role: 'user', content: "what's the weather in nyc?", id: early.messages[0]?.id };
  const forked = unwrap(
    await client.updateThreadState({ threadId: thread.id, checkpointId, values: { messages: [question] } }),
  );
  const changed = unwrap(
    await client.createRun({
      threadId: thread.id,
      assistantId: 'agent',
      checkpointId: forked.checkpoint.checkpointId,
    }),
  );
  tell('Forked, with another question', unwrap(await client.joinRun(thread.id, changed.id)).state);
  console.log(
    `\nThe old states stay: the history now has ${(await client.history(thread.id, { first: 50 }))?.nodes.length} checkpoints.`,
  );
}

function tell(title: string, state: ThreadState | null): void {
  console.log(`\n${title}:\n`);
  for (const line of (state?.messages ?? []).flatMap(lines)) console.log(`  ${line}`);
}

const { values: options } = parseArgs({ options: { url: { type: 'string' } } });
await using server = options.url === undefined ? await startServer('weather-agent') : null;
await play(createClient({ url: options.url ?? server?.url ?? '' }));
