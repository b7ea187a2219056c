import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LanggraphJsonError, readLanggraphJson } from '../../src/graphs/loading/langgraph-json.ts';
import { PLAIN_DEPLOYMENT } from '../../src/orchestrator/ports/deployment.ts';
import { directoryOfTest } from '../support/temporary-directory.ts';

/** As headers refer to a variable. */
const reference = (name: string): string => `\${{ env.${name} }}`;
const graphs = { agent: './agent.ts:graph' };

async function write(fields: object): Promise<string> {
  const file = join(await directoryOfTest(), 'langgraph.json');
  await writeFile(file, JSON.stringify({ graphs, ...fields }));
  return file;
}

const read = async (fields: object, environment = {}) => readLanggraphJson(await write(fields), environment);

test('a file with graphs alone is a plain deployment, and nothing of it is unsupported', async () => {
  const { deployment, unsupported } = await read({});

  expect(deployment).toEqual(PLAIN_DEPLOYMENT);
  expect(unsupported).toEqual({ fields: [], buildOnly: [] });
});

describe('store', () => {
  test('index and ttl are read with their defaults', async () => {
    const { deployment } = await read({
      store: { index: { dims: 3, embed: 'openai:text-embedding-3-small' }, ttl: {} },
    });

    expect(deployment.store).toEqual({
      index: {
        dims: 3,
        embed: { kind: 'MODEL', provider: 'openai', model: 'text-embedding-3-small' },
        fields: ['$'],
      },
      ttl: { refreshOnRead: true, defaultMinutes: null, sweepMinutes: null },
    });
  });

  test('an embedding may be an export of a file beside the langgraph.json', async () => {
    const file = await write({
      store: { index: { dims: 2, embed: './src/embed.ts:embed', fields: ['text', '$.a'] } },
    });

    const { deployment } = await readLanggraphJson(file);

    expect(deployment.store.index).toEqual({
      dims: 2,
      embed: { kind: 'EXPORT', file: join(file, '../src/embed.ts'), exportName: 'embed' },
      fields: ['text', '$.a'],
    });
  });

  test('times to live are read', async () => {
    const ttl = { refresh_on_read: false, default_ttl: 90, sweep_interval_minutes: 0.5 };

    expect((await read({ store: { ttl } })).deployment.store.ttl).toEqual({
      refreshOnRead: false,
      defaultMinutes: 90,
      sweepMinutes: 0.5,
    });
  });
});

test('checkpointer.ttl says how long threads live', async () => {
  const plain = await read({ checkpointer: { ttl: {} } });
  const full = await read({
    checkpointer: {
      ttl: { strategy: 'keep_latest', default_ttl: 60, sweep_interval_minutes: 1, sweep_limit: 7 },
    },
  });

  expect(plain.deployment.threadTtl).toEqual({
    strategy: 'DELETE',
    defaultMinutes: null,
    sweepMinutes: 5,
    sweepLimit: null,
  });
  expect(full.deployment.threadTtl).toEqual({
    strategy: 'KEEP_LATEST',
    defaultMinutes: 60,
    sweepMinutes: 1,
    sweepLimit: 7,
  });
});

describe('webhooks', () => {
  test('headers get the variables that they refer to', async () => {
    const headers = {
      Authorization: `Bearer ${reference('LG_WEBHOOK_TOKEN')}`,
      'X-Two': `${reference('LG_WEBHOOK_A')}-${reference('LG_WEBHOOK_A')}`,
    };

    const { deployment } = await read(
      { env: { LG_WEBHOOK_A: 'of the file' }, webhooks: { headers } },
      { LG_WEBHOOK_TOKEN: 't' },
    );

    expect(deployment.webhooks.headers).toEqual({
      Authorization: 'Bearer t',
      'X-Two': 'of the file-of the file',
    });
  });

  test('a variable that is not set is refused by name', async () => {
    const refused = read({ webhooks: { headers: { 'x-a': reference('LG_WEBHOOK_MISSING') } } });

    await expect(refused).rejects.toThrow(LanggraphJsonError);
    await expect(refused).rejects.toThrow(
      'langgraph.json: webhooks.headers.x-a: the variable LG_WEBHOOK_MISSING is not set',
    );
  });

  test('a variable without the prefix is refused, set or not', async () => {
    const refused = read(
      { webhooks: { headers: { 'x-a': reference('OPENAI_API_KEY') } } },
      { OPENAI_API_KEY: 'secret' },
    );

    await expect(refused).rejects.toThrow('OPENAI_API_KEY must begin with LG_WEBHOOK_');
    await expect(refused).rejects.not.toThrow('secret');
  });

  test('what URLs are allowed is read', async () => {
    const url = {
      allowed_domains: ['*.Corp.com'],
      allowed_ports: [443],
      require_https: true,
      disable_loopback: false,
      max_url_length: 99,
    };

    expect((await read({ webhooks: { url } })).deployment.webhooks.url).toEqual({
      allowedDomains: ['*.corp.com'],
      allowedPorts: [443],
      requireHttps: true,
      disableLoopback: false,
      maxUrlLength: 99,
    });
  });
});

describe('http', () => {
  test('cors is read; an origin pattern by itself allows no other origin', async () => {
    const { deployment } = await read({
      http: { cors: { allow_origin_regex: 'https://.*\\.example\\.com', allow_headers: ['*'] } },
    });

    expect(deployment.cors).toMatchObject({
      allowOrigins: [],
      allowHeaders: null,
      allowMethods: null,
      allowCredentials: false,
    });
    expect(deployment.cors?.allowOriginPattern?.test('https://a.example.com')).toBe(true);
    expect(deployment.cors?.allowOriginPattern?.test('https://a.example.com.evil.org')).toBe(false);
  });

  test('configurable_headers are read in lower case', async () => {
    const { deployment } = await read({
      http: { configurable_headers: { includes: ['X-*'], excludes: ['X-Secret'] } },
    });

    expect(deployment.configurableHeaders).toEqual({ includes: ['x-*'], excludes: ['x-secret'] });
  });
});

test.each([
  ['store.index.dims', { store: { index: { dims: 0, embed: 'a:b' } } }, 'must be greater than 0'],
  ['store.index.embed', { store: { index: { dims: 1, embed: 'openai' } } }, 'must be "<provider>:<model>"'],
  ['store.ttl.default_ttl', { store: { ttl: { default_ttl: -1 } } }, 'must be greater than 0'],
  [
    'checkpointer.ttl.strategy',
    { checkpointer: { ttl: { strategy: 'forget' } } },
    'must be "delete" or "keep_latest"',
  ],
  ['webhooks.url.allowed_ports.0', { webhooks: { url: { allowed_ports: [70_000] } } }, 'must be a port'],
  [
    'webhooks.url.allowed_domains.0',
    { webhooks: { url: { allowed_domains: ['https://x.org'] } } },
    'must be a domain',
  ],
  [
    'http.cors.allow_origin_regex',
    { http: { cors: { allow_origin_regex: '(' } } },
    'must be a regular expression',
  ],
  [
    'http.cors',
    { http: { cors: { allow_credentials: true } } },
    'allow_credentials requires explicit allow_origins',
  ],
  [
    'http.configurable_headers.includes',
    { http: { configurable_headers: { includes: 'x-*' } } },
    'must be a list of strings',
  ],
])('%s that makes no sense is refused with its place', async (place, fields, why) => {
  await expect(read(fields)).rejects.toThrow(`langgraph.json: ${place}: ${why}`);
});

test('auth stops the start until it is honoured; switched off it asks for nothing', async () => {
  await expect(read({ auth: { path: './auth.ts:auth' } })).rejects.toThrow(
    /langgraph\.json: auth is not supported: .*proxy/,
  );
  expect((await read({ auth: null })).unsupported.fields).toEqual([]);
});

test('what is not honoured is named with what that means, members of honoured sections too', async () => {
  const { unsupported } = await read({
    http: {
      app: './app.ts:app',
      disable_store: true,
      disable_meta: false,
      cors: { allow_private_network: true },
    },
    checkpointer: { serde: { allowed_json_modules: [] } },
    unheard_of: {},
    dependencies: ['.'],
    node_version: '24',
  });

  expect(unsupported.fields.map(({ key }) => key)).toEqual([
    'http.app',
    'http.disable_store',
    'http.cors.allow_private_network',
    'checkpointer.serde',
    'unheard_of',
  ]);
  expect(unsupported.fields[0]?.consequence).toContain('its routes and middleware are not served');
  expect(unsupported.buildOnly).toEqual(['dependencies', 'node_version']);
});
