/**
 * Human in the loop: the agent asks before it sends a mail, and a person approves it, corrected, or refuses.
 *
 *   npx node examples/human-in-the-loop.ts                                      starts a server of its own npx node examples/human-in-the-loop.ts --url http://127.0.0.1:4000/graphql  uses a running one that serves examples/mail-agent
 */
import { parseArgs } from 'node:util';
// In a project of your own: from 'interject/client'
import { createClient, type InterjectClient, unwrap } from '../src/client/public.ts';
import type { Decision } from './mail-agent/agent.ts';
import { lines } from './support/messages.ts';
import { startServer } from './support/server.ts';

const DECISIONS: readonly Decision[] = [
  { approve: true },
  { approve: true, body: 'The picnic is on Sunday.' },
  { approve: false, why: 'Ann knows already.' },
];

async function play(client: InterjectClient, decision: Decision): Promise<void> {
  const thread = unwrap(await client.createThread());
  const input = { messages: [{ role: 'user', content: 'tell ann about the picnic' }] };
  const run = unwrap(await client.createRun({ threadId: thread.id, assistantId: 'agent', input }));
  const paused = unwrap(await client.joinRun(thread.id, run.id));
  const [question] = paused.state?.interrupts ?? [];
  if (question == null) throw new Error('The agent did not ask');
  console.log(
    `\n  ${paused.run.status} (${paused.run.endReason}), the agent asks: ${JSON.stringify(question.value)}`,
  );
  console.log(`  answer: ${JSON.stringify(decision)}`);

  const resumed = await client.createRun({
    threadId: thread.id,
    assistantId: 'agent',
    command: { resume: { [question.id ?? '']: decision } },
  });
  const joined = unwrap(await client.joinRun(thread.id, unwrap(resumed).id));
  for (const line of (joined.state?.messages ?? []).flatMap(lines)) console.log(`    ${line}`);

  // Nobody waits for an answer any more, so another one is refused, and changes nothing.
  const again = await client.createRun({
    threadId: thread.id,
    assistantId: 'agent',
    command: { resume: decision },
  });
  if (again.__typename !== 'ValidationError') throw new Error('A resume that nothing waits for was accepted');
  console.log(`  a second answer: ${again.message}`);
}

const { values: options } = parseArgs({ options: { url: { type: 'string' } } });
await using server = options.url === undefined ? await startServer('mail-agent') : null;
const client = createClient({ url: options.url ?? server?.url ?? '' });
for (const decision of DECISIONS) await play(client, decision);
