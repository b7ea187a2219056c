import { Client } from '@langchain/langgraph-sdk';
import { getLogger } from '@langchain/langgraph-sdk/logging';
import { expect, test } from 'vitest';
import { RecordingLogger } from '../support/recording-logger.ts';
import { startRestServer } from './support.ts';

test('within the process of a server getLogger() is its log and new Client() is a client of it', async () => {
  const logger = new RecordingLogger();
  {
    await using server = await startRestServer({ logger });
    const { thread_id } = await server.client.threads.create({ metadata: { by: 'test' } });

    getLogger().info('from a node', { node: 'a' });
    const found = await new Client({ apiKey: null as never }).threads.get(thread_id);
    const chunks = [];
    for await (const chunk of new Client({ apiKey: null as never }).runs.stream(thread_id, 'agent', {
      input: { messages: [] },
    }))
      chunks.push(chunk.event);

    expect(found.metadata).toEqual({ by: 'test' });
    expect(chunks).toContain('values');
    expect(logger.lines).toContainEqual({
      level: 'info',
      message: 'from a node',
      fields: { node: 'a', source: 'graph' },
    });
  }
  expect(() => getLogger()).toThrow(/Logger not available/);
});
