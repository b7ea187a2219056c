import { expect, test } from 'vitest';
import { configurableHeaders } from '../../src/orchestrator/commands/run-request.ts';

const headers = {
  'X-Tenant': 'acme',
  'x-trace-id': ['1', '2'],
  'x-api-key': 'secret',
  authorization: 'Bearer secret',
  cookie: 'secret',
  'user-agent': 'test',
  'x.y': 'dot',
  absent: undefined,
};

test.each<[string, string[], string[], object]>([
  ['nothing is included by default', [], [], {}],
  ['names are matched without case', ['x-tenant'], [], { 'x-tenant': 'acme' }],
  ['a wildcard stands for any text', ['x-*'], [], { 'x-tenant': 'acme', 'x-trace-id': '1, 2' }],
  ['a dot is a dot', ['x.y'], [], { 'x.y': 'dot' }],
  ['what is excluded is so whatever includes it', ['*'], ['x-*', 'user-*'], { 'x.y': 'dot' }],
  ['everything excluded', ['*'], ['*'], {}],
  [
    'secrets are no part of everything',
    ['*'],
    [],
    { 'x-tenant': 'acme', 'x-trace-id': '1, 2', 'user-agent': 'test', 'x.y': 'dot' },
  ],
  ['authorization only by its full name', ['authorization'], [], { authorization: 'Bearer secret' }],
  ['authorization not by a wildcard', ['auth*'], [], {}],
  ['an API key never', ['x-api-key'], [], {}],
])('%s', (_name, includes, excludes, expected) => {
  expect(configurableHeaders({ includes, excludes }, headers)).toEqual(expected);
});

test('without patterns there are none', () => {
  expect(configurableHeaders(null, headers)).toEqual({});
});
