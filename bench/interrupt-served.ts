import { type InterjectClient, unwrap } from '../src/client/public.ts';
import { human } from './bench-service.ts';
import type { Series } from './figure.ts';

/**
 * Interrupts a run that streams with another one, on a new thread; measures from the sending of that to its
 * RunStarted over WebSocket.
 */
export async function interruptServed(client: InterjectClient, series: Series): Promise<void> {
  const threadId = unwrap(await client.createThread()).id;
  const streaming = Promise.withResolvers<void>();
  const restarted = Promise.withResolvers<void>();
  const following = (async () => {
    let deltas = 0;
    let starts = 0;
    for await (const event of client.threadEvents(threadId)) {
      if (event.__typename === 'MessageDelta') deltas += 1;
      if (deltas === 10) streaming.resolve();
      if (event.__typename === 'RunStarted') starts += 1;
      if (starts < 2) continue;
      restarted.resolve();
      return;
    }
  })();
  await client.cursor(threadId);
  unwrap(await client.createRun({ threadId, assistantId: 'endless', input: human('First') }));
  await streaming.promise;
  const second = await series.time(async () => {
    const creating = client.createRun({
      threadId,
      assistantId: 'trivial',
      input: human('Second'),
      multitaskStrategy: 'INTERRUPT',
    });
    await restarted.promise;
    return unwrap(await creating);
  });
  await following;
  unwrap(await client.joinRun(threadId, second.id));
}
