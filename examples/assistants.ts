/**
 * An assistant with two versions: the same graph with configurations of its own, changed, and changed back.
 *
 *   npx node examples/assistants.ts                                      starts a server of its own npx node examples/assistants.ts --url http://127.0.0.1:4000/graphql  uses a running one that serves examples/tone-agent
 */
import { parseArgs } from 'node:util';
// In a project of your own: from 'interject/client'
import { createClient, type InterjectClient, unwrap } from '../src/client/public.ts';
import { startServer } from './support/server.ts';

async function play(client: InterjectClient): Promise<void> {
  const { assistants } = client;
  await tell(client, 'The default assistant', 'agent');

  const { id } = unwrap(
    await assistants.create({ graphId: 'agent', name: 'Reception', context: { tone: 'formal' } }),
  );
  await tell(client, 'Version 1', id);

  unwrap(await assistants.update(id, { context: { tone: 'warm', signature: 'Ada' } }));
  await tell(client, 'Version 2', id);
  await tell(client, 'Version 2, a run with a tone of its own', id, { tone: 'plain' });

  unwrap(await assistants.setLatest(id, 1));
  await tell(client, 'Version 1 again', id);

  console.log('\nIts versions, newest first:\n');
  for (const { version, context } of (await assistants.versions(id))?.nodes ?? [])
    console.log(`  ${version}: ${JSON.stringify(context)}`);

  const drawing = await assistants.graph(id);
  if (drawing?.__typename === 'AssistantGraph') console.log(`\nIts graph, in Mermaid:\n\n${drawing.mermaid}`);
  unwrap(await assistants.delete(id, { deleteThreads: true }));
}

async function tell(
  client: InterjectClient,
  title: string,
  assistantId: string,
  context?: object,
): Promise<void> {
  const thread = unwrap(await client.createThread());
  const input = { messages: [{ role: 'user', content: 'hi' }] };
  const run = unwrap(await client.createRun({ threadId: thread.id, assistantId, input, context }));
  const { state } = unwrap(await client.joinRun(thread.id, run.id));
  console.log(`${title}: ${state?.messages.at(-1)?.text ?? 'nothing'}`);
}

const { values: options } = parseArgs({ options: { url: { type: 'string' } } });
await using server = options.url === undefined ? await startServer('tone-agent') : null;
await play(createClient({ url: options.url ?? server?.url ?? '' }));
