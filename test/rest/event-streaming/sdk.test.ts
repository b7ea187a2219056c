import { Client } from '@langchain/langgraph-sdk';
import { afterEach, expect, test } from 'vitest';
import { gate, resetGates } from '../../support/gates.ts';
import { until } from '../../support/until.ts';
import { startRestServer } from '../support.ts';
import { hello } from './support.ts';

afterEach(resetGates);

for (const transport of ['sse', 'websocket'] as const)
  test(`§3.10 threads.stream() of the JavaScript SDK over ${transport} starts runs, reads their projections and answers what they ask`, async () => {
    await using server = await startRestServer();
    const client = new Client({
      apiUrl: server.api,
      apiKey: null as never,
      callerOptions: { maxRetries: 0 },
    });
    const thread = client.threads.stream({ assistantId: 'agent', transport });
    const texts = (async () => {
      const all: string[] = [];
      for await (const message of thread.messages) {
        let text = '';
        for await (const delta of message.text) text += delta;
        all.push(text);
      }
      return all;
    })();

    await thread.run.start({ input: hello });
    const output = (await thread.output) as { messages: { text: string }[] };

    expect(output.messages.map(({ text }) => text)).toEqual(['hi', 'begin', 'tool_call', 'end']);
    const tree = await thread.agent.getTree();
    expect(tree).toMatchObject({ tree: { namespace: [], status: 'completed', graph_name: 'agent' } });
    await thread.close();
    expect(await texts).toEqual(['begin', 'end']);

    const asking = client.threads.stream({ assistantId: 'deep-approval', transport });
    await asking.run.start({ input: hello });
    const ends = await asking.subscribe({ channels: ['lifecycle'], namespaces: [[]], depth: 0 });
    for await (const event of ends)
      if ((event.params.data as { event: string }).event === 'interrupted') break;
    expect(asking.interrupted).toBe(true);
    const [asked] = asking.interrupts;
    expect(asked).toMatchObject({
      payload: 'Well?',
      namespace: [expect.stringMatching(/^middle:/), expect.stringMatching(/^inmost:/)],
    });
    await asking.input.respond({
      namespace: asked!.namespace,
      interrupt_id: asked!.interruptId,
      response: 'fine',
    });
    const values = await asking.subscribe({ channels: ['values'], namespaces: [[]], depth: 0 });
    let last = '';
    for await (const event of values) {
      last = (event.params.data as { messages: { content: string }[] }).messages.at(-1)?.content ?? '';
      if (last === 'you said fine') break;
    }
    expect(last).toBe('you said fine');
    await asking.close();
  });

test('§3.10 a client whose connection breaks in the middle of an answer comes back and has it whole, once', async () => {
  await using server = await startRestServer();
  const cut = new Set<AbortController>();
  const cutting: typeof fetch = (input, init) => {
    const control = new AbortController();
    cut.add(control);
    return fetch(input, {
      ...init,
      signal: init?.signal ? AbortSignal.any([init.signal, control.signal]) : control.signal,
    });
  };
  const client = new Client({ apiUrl: server.api, apiKey: null as never, callerOptions: { maxRetries: 0 } });
  const reconnected = Promise.withResolvers<void>();
  const thread = client.threads.stream({
    assistantId: 'agent',
    fetch: cutting,
    reconnectDelayMs: () => 1,
    onReconnect: () => reconnected.resolve(),
  });
  gate('rest-agent:begin:3');
  await thread.run.start({ input: hello });
  const texts: string[] = [];
  const reading = (async () => {
    for await (const message of thread.messages) {
      const at = texts.push('') - 1;
      for await (const delta of message.text) texts[at] += delta;
    }
  })();
  await until(
    () => texts,
    (read) => read[0] === 'beg',
  );

  for (const control of cut) control.abort(new Error('The network is gone'));
  await reconnected.promise;
  resetGates();

  await thread.output;
  await thread.close();
  await reading;
  expect(texts).toEqual(['begin', 'end']);
});
