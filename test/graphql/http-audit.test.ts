import { serverAudits } from 'graphql-http';
import { expect, test } from 'vitest';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { serve } from './support/test-server.ts';

const audits = serverAudits({ url: 'http://unused.invalid', fetchFn: fetch });

test.each(audits.map(({ id, name }) => [name, id]))('GraphQL over HTTP audit: %s (%s)', async (_name, id) => {
  const { url } = await serve(fakeOrchestrator());
  const audit = serverAudits({ url, fetchFn: fetch }).find((one) => one.id === id);

  const result = await audit?.fn();

  // No exceptions: also what the specification only says a server may do.
  expect(result).toMatchObject({ status: 'ok' });
});
