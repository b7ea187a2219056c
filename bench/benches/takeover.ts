import { join } from 'node:path';
import { unwrap } from '../../src/client/public.ts';
import type { Bench } from '../bench.ts';
import { human, temporaryDirectory } from '../bench-service.ts';
import { atMost, type Figure, Series, serverTimeFigure } from '../figure.ts';
import { type Repetition, repeat } from '../repeat.ts';
import { ServerProcess } from '../server-process.ts';
import { BenchSchema, hasPostgres } from '../services.ts';

/** The shortest there is: what is taken over later than that is the server's doing. */
const LEASE_SECONDS = 2;
/** Looking for lost workers goes on six times per lease; the rest is for the claim and the first text. */
const ALLOWED_MS = LEASE_SECONDS * 1_000 + 500;
/** Every hop of a run is the loss of a worker. */
const FLAGS = ['--lease-seconds', String(LEASE_SECONDS), '--max-attempts', '50'];

/**
 * From the kill -9 of the process that executes a run to the first text that a client gets of its next
 * attempt.
 */
export const takeover: Bench = async (effort, leaveOut) => {
  const repetition = { warmUp: 0, rounds: effort === 'full' ? 6 : 2, forMs: 20_000 };
  const figures = await restarts(repetition);
  if (!(await hasPostgres(leaveOut, 'takeover by another process'))) return figures;
  return [...figures, await hops(repetition)];
};

/**
 * One run that hops: each time a second process is there, with the subscriber, and the one that executes is
 * killed.
 */
async function hops(repetition: Repetition): Promise<Figure> {
  const series = new Series();
  await using schema = new BenchSchema();
  const start = () => ServerProcess.interject({ database: schema.url, flags: FLAGS });
  let executing = await start();
  try {
    const threadId = await startRun(executing);
    await repeat(repetition, async () => {
      const other = await start();
      const client = other.client();
      const goingOn = resumption(client.threadEvents(threadId));
      await client.cursor(threadId); // answered after the subscription that was sent before it
      const killed = executing;
      executing = other;
      await series.time(async () => {
        await killed.kill();
        await goingOn;
      });
    });
  } finally {
    await executing.kill();
  }
  return serverTimeFigure(
    { name: `kill -9→text from the other process, PostgreSQL, lease ${LEASE_SECONDS} s`, series },
    ({ median }) => atMost('median', median, ALLOWED_MS, 'ms'),
  );
}

/** One process on one SQLite file, killed and started again and again. */
async function restarts(repetition: Repetition): Promise<readonly Figure[]> {
  const serving = new Series();
  const goingOn = new Series();
  await using directory = await temporaryDirectory();
  const start = () =>
    ServerProcess.interject({ database: join(directory.path, 'bench.db'), flags: ['--max-attempts', '50'] });
  let server = await start();
  try {
    const threadId = await startRun(server);
    await repeat(repetition, async () => {
      const after = await server.client().cursor(threadId);
      await server.kill();
      await goingOn.time(async () => {
        server = await serving.time(start);
        await resumption(server.client().threadEvents(threadId, { after }));
      });
    });
  } finally {
    await server.kill();
  }
  return [
    serverTimeFigure({
      name: 'restart on the same SQLite file→text of the run that was lost',
      series: goingOn,
      bare: { name: 'restart→serving', series: serving },
    }),
  ];
}

/** A run that streams until it is stopped; resolves when it does stream. */
async function startRun(server: ServerProcess): Promise<string> {
  const client = server.client();
  const threadId = unwrap(await client.createThread()).id;
  const events = client.threadEvents(threadId);
  await client.cursor(threadId); // answered after the subscription that was sent before it
  unwrap(await client.createRun({ threadId, assistantId: 'ticking', input: human('What about it?') }));
  for await (const { __typename } of events) if (__typename === 'MessageDelta') return threadId;
  throw new Error('The run never streamed');
}

/** Resolves with the first text of a run that was taken over. */
async function resumption(events: AsyncIterable<{ readonly __typename: string }>): Promise<void> {
  let isTakenOver = false;
  for await (const { __typename } of events) {
    if (__typename === 'RunResumed') isTakenOver = true;
    if (isTakenOver && __typename === 'MessageDelta') return;
  }
  throw new Error('The run never went on');
}
