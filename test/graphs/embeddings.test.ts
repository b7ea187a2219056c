import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { loadSemanticIndex } from '../../src/graphs/loading/embeddings.ts';
import type { Embedding } from '../../src/orchestrator/ports/deployment.ts';
import { FIXTURE_GRAPHS } from '../support/service.ts';

const file = fileURLToPath(new URL('../support/embed.ts', import.meta.url));
const load = (embed: Embedding) => loadSemanticIndex({ dims: 3, embed, fields: ['$'] }, FIXTURE_GRAPHS);

test.each(['embed', 'embeddings'])('an export that is %s makes vectors', async (exportName) => {
  const { embedder, dims, fields } = await load({ kind: 'EXPORT', file, exportName });

  expect({ dims, fields }).toEqual({ dims: 3, fields: ['$'] });
  expect(await embedder.embedQuery('tea')).toEqual([1, 0, 0]);
  expect(await embedder.embedDocuments(['tea', 'coffee'])).toEqual([
    [1, 0, 0],
    [0, 1, 0],
  ]);
});

test('a provider’s model is asked through LangChain', async () => {
  const asked: unknown[] = [];
  const provider = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    asked.push([request.url, JSON.parse(body)]);
    // As its client asks for them: 32-bit floats in base64.
    const embedding = Buffer.from(Float32Array.of(0.5, 0, 0).buffer).toString('base64');
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ object: 'list', data: [{ object: 'embedding', index: 0, embedding }] }));
  });
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OPENAI_API_KEY', 'none');
  vi.stubEnv('OPENAI_BASE_URL', `http://127.0.0.1:${(provider.address() as AddressInfo).port}/v1`);
  try {
    const { embedder } = await load({ kind: 'MODEL', provider: 'openai', model: 'text-embedding-3-small' });
    expect(await embedder.embedQuery('tea')).toEqual([0.5, 0, 0]);
  } finally {
    vi.unstubAllEnvs();
    provider.closeAllConnections();
    provider.close();
  }
  expect(asked).toMatchObject([
    ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'tea', encoding_format: 'base64' }],
  ]);
});

test.each<[string, Embedding, RegExp]>([
  [
    'a provider that nobody knows',
    { kind: 'MODEL', provider: 'acme', model: 'x' },
    /"acme:x".*supported providers are azure_openai, .*openai/,
  ],
  [
    'a package that is not installed',
    { kind: 'MODEL', provider: 'cohere', model: 'x' },
    /install @langchain\/cohere in your project/,
  ],
  [
    'a file that is not there',
    { kind: 'EXPORT', file: '/nowhere.ts', exportName: 'embed' },
    /file not found/,
  ],
  [
    'an export that is no embedding',
    { kind: 'EXPORT', file, exportName: 'nothing' },
    /must be a LangChain embeddings object, or a function/,
  ],
])('%s is refused at the start, with the reason', async (_what, embed, reason) => {
  await expect(load(embed)).rejects.toThrow(reason);
});
