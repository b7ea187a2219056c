/**
 * Double-texting, played once with each strategy: a user asks about San Francisco and, two seconds later,
 * about New York.
 *
 *   npx node examples/double-texting.ts                                      starts a server of its own npx node examples/double-texting.ts --url http://127.0.0.1:4000/graphql  uses a running one that serves the demo agent
 *
 * --delay, or DELAY: seconds between the two messages; default 2.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
// In a project of your own: from 'interject/client'
import {
  createClient,
  type InterjectClient,
  type MultitaskStrategy,
  type Run,
  unwrap,
} from '../src/client/public.ts';
import { lines } from './support/messages.ts';
import { startServer } from './support/server.ts';

const STRATEGIES: Readonly<Record<MultitaskStrategy, string>> = {
  INTERRUPT: 'the first run stops, what it had done and said stays, and the second goes on from there',
  ENQUEUE: 'the second run waits for the first',
  REJECT: 'the second run is refused while the first is unfinished',
  ROLLBACK: 'the first run is removed with all it did',
};

const { values: options } = parseArgs({ options: { url: { type: 'string' }, delay: { type: 'string' } } });
const delayMs = Number(options.delay ?? process.env['DELAY'] ?? 2) * 1_000;

async function playAll(url: string): Promise<void> {
  const client = createClient({ url });
  for (const strategy of Object.keys(STRATEGIES) as MultitaskStrategy[]) await play(client, strategy);
}

async function play(client: InterjectClient, strategy: MultitaskStrategy): Promise<void> {
  console.log(`\n${strategy}: ${STRATEGIES[strategy]}\n`);
  const thread = unwrap(await client.createThread());
  const ask = (text: string, multitaskStrategy: MultitaskStrategy) =>
    client.createRun({
      threadId: thread.id,
      assistantId: 'agent',
      input: { messages: [{ role: 'user', content: text }] },
      multitaskStrategy,
    });

  const first = unwrap(await ask("what's the weather in sf?", 'REJECT'));
  await wait(delayMs);
  const second = await ask("what's the weather in nyc?", strategy);
  // Errors are data: a refusal is one of the results.
  const last = second.__typename === 'ThreadBusyError' ? first : unwrap(second);

  const joined = unwrap(await client.joinRun(thread.id, last.id));

  for (const line of (joined.state?.messages ?? []).flatMap(lines)) console.log(`  ${line}`);
  console.log(`\n  first run:  ${describe(await client.run(first.id))}`);
  console.log(
    `  second run: ${second.__typename === 'ThreadBusyError' ? second.message : describe(joined.run)}`,
  );
}

function describe(run: Run | null): string {
  return run === null ? 'removed' : `${run.status} (${run.endReason ?? 'unfinished'})`;
}

if (options.url !== undefined) await playAll(options.url);
else {
  await using server = await startServer('weather-agent');
  await playAll(server.url);
}
