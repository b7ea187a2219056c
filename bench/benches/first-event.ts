import { unwrap } from '../../src/client/public.ts';
import type { Bench } from '../bench.ts';
import { BenchService, human } from '../bench-service.ts';
import { atMost, Series, timeFigure } from '../figure.ts';

/** From the sending of createRun to RunStarted at a subscriber over WebSocket. */
export const firstEvent: Bench = async (effort) => {
  await using service = await BenchService.start();
  const { client } = service;
  const create = async (threadId: string): Promise<string> =>
    unwrap(await client.createRun({ threadId, assistantId: 'trivial', input: human('What about it?') })).id;
  const untilStarted = async (events: AsyncIterable<{ readonly __typename: string }>): Promise<void> => {
    for await (const { __typename } of events) if (__typename === 'RunStarted') return;
    throw new Error('The run never started');
  };
  // One subscription that stays keeps the WebSocket open, as a page does.
  const open = client.threadEvents(await service.thread());
  const silence = open.next();

  const watching = new Series();
  const following = new Series();
  const warmUp = effort === 'full' ? 60 : 25;
  const rounds = effort === 'full' ? 200 : 50;
  for (let round = 0; round < warmUp + rounds; round += 1) {
    const [watched, followed] = round < warmUp ? [new Series(), new Series()] : [watching, following];
    const before = await service.thread();
    const events = client.threadEvents(before);
    const started = untilStarted(events);
    await client.cursor(before); // answered after the subscription that was sent before it
    let created = '';
    await watched.time(async () => {
      const creating = create(before);
      await started;
      created = await creating;
    });
    unwrap(await client.joinRun(before, created));

    const after = await service.thread();
    const runId = await followed.time(async () => {
      const id = await create(after);
      await untilStarted(client.runEvents(id));
      return id;
    });
    unwrap(await client.joinRun(after, runId));
  }
  await open.return?.();
  await silence;
  return [
    timeFigure(
      { name: 'createRun→RunStarted, threadEvents subscribed before', series: watching },
      ({ median }) => atMost('median', median, 5, 'ms'),
    ),
    timeFigure({ name: 'createRun→answer→runEvents→RunStarted', series: following }, ({ median }) =>
      atMost('median', median, 5, 'ms'),
    ),
  ];
};
