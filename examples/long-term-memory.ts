/**
 * Long-term memory: what an agent learns on one thread it knows on another, finds by what it is about, and
 * forgets when it is told to.
 *
 *   npx node examples/long-term-memory.ts     starts a server of its own
 */
// In a project of your own: from 'interject/client'
import { createClient, type InterjectClient, unwrap } from '../src/client/public.ts';
import { startServer } from './support/server.ts';

/** Says something on a thread of its own; resolves with the answer. */
async function say(client: InterjectClient, user: string, content: string): Promise<string> {
  const thread = unwrap(await client.createThread());
  const run = unwrap(
    await client.createRun({
      threadId: thread.id,
      assistantId: 'agent',
      input: { messages: [{ role: 'user', content }] },
      config: { configurable: { user } },
    }),
  );
  const { state } = unwrap(await client.joinRun(thread.id, run.id));
  return state?.messages.at(-1)?.text ?? '';
}

async function play(client: InterjectClient): Promise<void> {
  const talk = async (user: string, content: string) => {
    console.log(`${user.padEnd(5)} ${content}`);
    console.log(`agent ${await say(client, user, content)}\n`);
  };
  console.log('Every line is a thread of its own.\n');
  await talk('ann', 'I drink tea.');
  await talk('ann', 'I have a dog.');
  await talk('ann', 'I like to swim.');
  await talk('ann', 'Which pet is mine?');
  await talk('bob', 'Which pet is mine?');

  console.log('What is remembered, through the API:\n');
  const ann = ['memories', 'ann'];
  const { nodes } = await client.storeItems<{ fact: string }>({ namespacePrefix: ann, query: 'holiday' });
  for (const { value, score } of nodes) console.log(`  ${score?.toFixed(2) ?? '-'}  ${value.fact}`);

  for (const { key } of nodes) unwrap(await client.deleteStoreItem(ann, key));
  console.log('\nForgotten:\n');
  await talk('ann', 'Which pet is mine?');
}

await using server = await startServer('memory-agent');
await play(createClient({ url: server.url }));
