import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Metrics, type MetricsOptions } from '../../src/rest/metrics.ts';

const metricsOf = (options: Partial<MetricsOptions> = {}) =>
  new Metrics({
    version: '1.2.3',
    monotonicMs: () => 0,
    countUnfinishedRuns: async () => ({ pending: 2, running: 1 }),
    ...options,
  });

test('operations.md lists every metric with its type and labels', async () => {
  const metrics = metricsOf();
  metrics.requestStarted('GET')(200);

  const text = await metrics.toText();

  const labels = new Map(
    [...text.matchAll(/^(\w+)(?:\{(.*)\})? /gm)].map(
      ([, name, given = '']) => [name, given.replaceAll(/="[^"]*"/g, '')] as const,
    ),
  );
  const served = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [
    name,
    type,
    labels.get(name)?.replaceAll(',', ', '),
  ]);
  const document = readFileSync(new URL('../../docs/operations.md', import.meta.url), 'utf8');
  const listed = [...document.matchAll(/^\| `(\w+)` \| (gauge|counter|histogram) \| (.*?) ?\| /gm)].map(
    (row) => row.slice(1, 4),
  );
  expect(served.sort()).toEqual(listed.sort());
});

test('labels are escaped', async () => {
  const metrics = metricsOf({ version: 'a"b\\c\nd' });

  expect(await metrics.toText()).toContain('interject_info{version="a\\"b\\\\c\\nd"} 1');
});

test('a request counts once, with the first status that its end has', async () => {
  const metrics = metricsOf();
  const ended = metrics.requestStarted('POST');
  metrics.requestStarted('GET');

  ended(200);
  ended(500);

  expect(await metrics.toJson()).toMatchObject({
    queue: { pending: 2, running: 1 },
    http: { requests: { 'method="POST",status="200"': 1 }, under_way: 1 },
  });
  expect(await metrics.toText()).toMatch(/^interject_http_requests_under_way 1$/m);
});

test('without a count of the runs there are no metrics', async () => {
  const metrics = metricsOf({
    countUnfinishedRuns: async () => {
      throw new Error('the database is away');
    },
  });

  await expect(metrics.toText()).rejects.toThrow('the database is away');
  await expect(metrics.toJson()).rejects.toThrow('the database is away');
});
