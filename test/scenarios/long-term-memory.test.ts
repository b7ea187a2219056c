import { fileURLToPath } from 'node:url';
import { Client } from '@langchain/langgraph-sdk';
import { expect, test } from 'vitest';
import { createClient } from '../../src/client/public.ts';
import { InProcessThread } from '../support/in-process-thread.ts';
import { startTestService } from '../support/service.ts';
import { TestDatabase } from '../support/test-database.ts';

const user = (name: string) => ({ config: { configurable: { user: name } } });

async function said(thread: InProcessThread, text: string, name: string): Promise<string[]> {
  const run = await thread.ended(await thread.say(text, user(name)));
  expect(run).toMatchObject({ status: 'SUCCESS', error: null });
  const messages = (await thread.state())?.messages ?? [];
  return messages.slice(-2).map((message) => String(message.content));
}

test('what a graph puts into its store on one thread another thread knows, after a restart too, and of its own user only', async () => {
  await using database = await TestDatabase.create();
  {
    await using service = await startTestService({ database: database.url });
    const first = await InProcessThread.create(service, 'memory');
    expect(await said(first, 'remember I like tea', 'ann')).toEqual(['noted', '1 remembered']);
    expect(await said(first, 'remember I am Ann', 'ann')).toEqual(['noted', '2 remembered']);
  }

  await using service = await startTestService({ database: database.url });
  const second = await InProcessThread.create(service, 'memory');

  expect(await said(second, 'what do you know?', 'ann')).toEqual(['I like tea, I am Ann', '2 remembered']);
  expect(await said(second, 'what do you know?', 'bob')).toEqual(['nothing', '0 remembered']);
});

test('many runs at once put into one namespace, and nothing waits for ever or is lost', async () => {
  await using service = await startTestService();
  const threads = await Promise.all(
    Array.from({ length: 12 }, () => InProcessThread.create(service, 'memory')),
  );

  await Promise.all(threads.map((thread, index) => said(thread, `remember fact ${index}`, 'ann')));

  const [, count] = await said(threads[0]!, 'count', 'ann');
  expect(count).toBe('10 remembered'); // a search finds ten unless it is told otherwise
  const found = await service.orchestrator.items.search({
    owner: (await threads[0]!.thread()).owner,
    prefix: ['memories', 'ann'],
    limit: 100,
    offset: 0,
  });
  expect(found).toMatchObject({ kind: 'ok', value: { length: 12 } });
});

test('a graph and both transports find items by what they are about, where langgraph.json names an embedding', async () => {
  await using database = await TestDatabase.create();
  const langgraphJson = await database.write(
    'langgraph.json',
    JSON.stringify({
      graphs: { memory: `${fileURLToPath(new URL('../support/graphs/memory.ts', import.meta.url))}:graph` },
      store: {
        index: {
          dims: 3,
          embed: `${fileURLToPath(new URL('../support/embed.ts', import.meta.url))}:embed`,
          fields: ['text'],
        },
      },
    }),
  );
  await using service = await startTestService({ database: database.url, langgraphJson });
  const client = createClient({ url: service.url });
  const thread = await InProcessThread.create(service, 'memory');
  for (const fact of ['coffee keeps her awake', 'tea is what she likes', 'water for the plants'])
    await said(thread, `remember ${fact}`, 'ann');

  const [answer] = await said(thread, 'about tea', 'ann');
  const { nodes } = await client.storeItems<{ text: string }>({
    namespacePrefix: ['memories'],
    query: 'water',
    first: 1,
  });
  const found = await new Client({ apiUrl: new URL(service.url).origin }).store.searchItems(['memories'], {
    query: 'coffee',
    limit: 1,
  });

  expect(answer).toBe('tea is what she likes, coffee keeps her awake, water for the plants');
  expect(nodes).toMatchObject([{ value: { text: 'water for the plants' }, score: 1 }]);
  expect(found.items).toMatchObject([{ value: { text: 'coffee keeps her awake' }, score: 1 }]);
});
