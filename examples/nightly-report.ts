/**
 * A nightly report: a run each night at three in Berlin, on a new thread each time, whose end is told to a
 * webhook. So that there is something to see, the schedule is then changed to every minute until the first
 * report has arrived, which takes up to a minute.
 *
 *   npx node examples/nightly-report.ts     starts a server of its own
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
// In a project of your own: from 'interject/client'
import { createClient, type InterjectClient, unwrap } from '../src/client/public.ts';
import { startServer } from './support/server.ts';

type Report = {
  readonly run_id: string;
  readonly status: string;
  readonly metadata: { readonly cron_id: string };
  readonly values: { readonly messages: readonly { readonly content: string }[] };
};

/** Where reports arrive. Each comes at least once: one with an id that it had already is passed over. */
function receiveReports(onReport: (report: Report) => void) {
  const seen = new Set<unknown>();
  return createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    response.writeHead(204).end();
    const id = request.headers['webhook-id'];
    if (seen.has(id)) return;
    seen.add(id);
    onReport(JSON.parse(body) as Report);
  });
}

async function play(client: InterjectClient, webhook: string, arrived: Promise<Report>): Promise<void> {
  const nightly = unwrap(
    await client.crons.create({
      assistantId: 'agent',
      schedule: '0 3 * * *',
      timezone: 'Europe/Berlin',
      input: { messages: [{ role: 'user', content: 'How was the day?' }] },
      context: { tone: 'formal', signature: 'The night shift' },
      metadata: { report: 'nightly' },
      webhook,
      onRunCompleted: 'KEEP',
    }),
  );
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: 'Europe/Berlin', timeStyle: 'short' });
  console.log(`The next report is due at ${hour.format(new Date(nightly.nextRunAt ?? 0))} in Berlin.`);

  unwrap(await client.crons.update(nightly.id, { schedule: '* * * * *' }));
  console.log('Not to wait for the night: every minute.\n');
  const report = await arrived;
  console.log(`A report arrived: ${report.status}, "${report.values.messages.at(-1)?.content}"`);
  console.log(`It is of this cron: ${report.metadata.cron_id === nightly.id}`);

  unwrap(await client.crons.delete(nightly.id));
  const { nodes } = await client.threads({ metadata: { cron_id: nightly.id } });
  console.log(`The cron is gone; its reports stay: ${nodes.length > 0}`);
}

const arrived = Promise.withResolvers<Report>();
const receiver = receiveReports(arrived.resolve);
await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
try {
  const { port } = receiver.address() as AddressInfo;
  // Addresses that are not public are refused unless they are allowed.
  await using server = await startServer('tone-agent', ['--webhook-allow', '127.0.0.1']);
  await play(createClient({ url: server.url }), `http://127.0.0.1:${port}/reports`, arrived.promise);
} finally {
  receiver.closeAllConnections();
  receiver.close();
}
