import { readFileSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { fakeOrchestrator } from './support/fake-orchestrator.ts';
import { post, serve } from './support/test-server.ts';

const THREAD = '0193a2b4-0000-7000-8000-000000000001';
const BROWSER = { headers: { accept: 'text/html,application/xhtml+xml' } };

describe('the playground', () => {
  test('is a page that loads nothing from elsewhere', async () => {
    const { url } = await serve(fakeOrchestrator());

    const response = await fetch(url, BROWSER);
    const html = await response.text();

    expect(response.status).toBe(200);
    expect(html.match(/<(?:script|link|img|iframe)[^>]*\s(?:src|href)=["']?(?!data:)https?:/g)).toBeNull();
    expect(html.match(/@import\s+(?:url\()?["']?https?:|\bimport\(["'`]https?:/g)).toBeNull();
  });

  test('sends who comes without a thread on to a new one', async () => {
    const { url } = await serve(fakeOrchestrator());

    const visits = [
      await fetch(url, BROWSER),
      await fetch(url, BROWSER),
      await fetch(`${url}?thread=%22%3E`, BROWSER),
    ];

    const addresses = visits.map((response) => response.url);
    expect(addresses).toEqual(addresses.map(() => expect.stringMatching(/\/graphql\?thread=[0-9a-f-]{36}$/)));
    expect(new Set(addresses).size).toBe(addresses.length);
  });

  test('has tabs that are valid operations on the thread of the address', async () => {
    const { url } = await serve(fakeOrchestrator());

    const tabs = await tabsOf(`${url}?thread=${THREAD.toUpperCase()}`);

    expect(tabs).toHaveLength(6);
    for (const query of tabs) {
      expect(query.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g)).toEqual([THREAD]);
      expect(JSON.stringify((await post(url, query)).body)).not.toMatch(/GRAPHQL_(PARSE|VALIDATION)_FAILED/);
    }
  });

  test('has lines that the editor of a window 1,400 pixels wide shows whole', async () => {
    const { url } = await serve(fakeOrchestrator());

    const lines = (await tabsOf(url)).flatMap((query) => query.split('\n'));

    expect(lines.filter((line) => line.length > 56)).toEqual([]);
  });

  test('can be left out', async () => {
    const { url } = await serve(fakeOrchestrator(), { playground: false });

    expect((await fetch(url, BROWSER)).status).toBe(406);
  });

  async function tabsOf(url: string): Promise<string[]> {
    const html = await (await fetch(url, BROWSER)).text();
    const start = html.lastIndexOf('"defaultTabs":') + '"defaultTabs":'.length;
    const end = html.indexOf('"}]', start) + '"}]'.length;
    return (JSON.parse(html.slice(start, end)) as { query: string }[]).map(({ query }) => query);
  }
});

describe("the playground's page", () => {
  test('puts the id of the newest run in place of LAST_RUN', async () => {
    const { ask, posted } = load(({ query }) => ({
      data: query.includes('runs(last: 1)') ? { thread: runs('run-7') } : { joined: 1 },
    }));

    const result = await ask({ query: 'mutation { joinRun(runId: "LAST_RUN") { id } }' });

    expect(result).toEqual({ data: { joined: 1 } });
    expect(posted.map(({ query }) => query)).toEqual([
      `{ thread(id: "${THREAD}") { runs(last: 1) { nodes { id } } } }`,
      'mutation { joinRun(runId: "run-7") { id } }',
    ]);
  });

  test('leaves LAST_RUN where the thread has no run or is not there', async () => {
    for (const thread of [runs(), null]) {
      const { ask, posted } = load(() => ({ data: { thread } }));

      await ask({ query: '{ run(id: "LAST_RUN") { id } }' });

      expect(posted.at(-1)?.query).toBe('{ run(id: "LAST_RUN") { id } }');
    }
  });

  test('sends variables and headers, and no operation name of another tab', async () => {
    const { ask, posted } = load(() => ({ data: {} }));

    await ask(
      { query: 'query B { a }', operationName: 'A', variables: { x: 1 } },
      { headers: { 'x-mine': '1' } },
    );
    await ask({ query: 'query A { a } query B { a }', operationName: 'B' });

    expect(posted).toEqual([
      { query: 'query B { a }', variables: { x: 1 }, headers: expect.objectContaining({ 'x-mine': '1' }) },
      { query: 'query A { a } query B { a }', operationName: 'B', headers: expect.anything() },
    ]);
  });

  test('shows no answer that comes after its tab was left', async () => {
    const { fetcher } = load(() => ({ data: {} }));
    const [left, open] = [vi.fn(), vi.fn()];
    const observable = (await fetcher({ query: '{ a }' })) as Observable;

    observable.subscribe({ next: left, error: left, complete: left }).unsubscribe();
    await new Promise<void>((complete) => void observable.subscribe({ next: open, error: open, complete }));

    expect(open).toHaveBeenCalledExactlyOnceWith({ data: {} });
    expect(left).not.toHaveBeenCalled();
  });

  test('adds up the events of messages', async () => {
    const shown = await subscribed([
      { __typename: 'MessagesReset', messages: [{ id: 'a', type: 'human', text: 'hi' }] },
      { __typename: 'RunStatusChanged', run: { id: 'r', status: 'RUNNING', endReason: null } },
      { __typename: 'MessageStarted', message: { id: 'b', type: 'ai', text: '' } },
      { __typename: 'MessageDelta', messageId: 'b', text: 'Hel' },
      { __typename: 'MessageDelta', messageId: 'b', text: 'lo' },
      {
        __typename: 'MessageCompleted',
        message: { id: 'b', type: 'ai', text: 'Hello', partial: true, toolCalls: [] },
      },
      { __typename: 'RunStatusChanged', run: { id: 'r', status: 'INTERRUPTED', endReason: 'SUPERSEDED' } },
      {
        __typename: 'MessagesReset',
        messages: [{ id: 'c', type: 'ai', text: '', toolCalls: [{ name: 'f', args: { x: 1, y: 'two' } }] }],
      },
    ]);

    expect(shown.map(({ conversation }) => conversation)).toEqual([
      ['human: hi'],
      ['human: hi'],
      ['human: hi', 'ai: '],
      ['human: hi', 'ai: Hel'],
      ['human: hi', 'ai: Hello'],
      ['human: hi', 'ai: Hello (cut off)'],
      ['human: hi', 'ai: Hello (cut off)'],
      ['ai: f(x: 1, y: two)'],
    ]);
    expect(shown.at(-1)).toMatchObject({
      runs: ['INTERRUPTED (SUPERSEDED)'],
      latestEvent: { __typename: 'MessagesReset' },
    });
  });

  test('shows the events of other selections as they came', async () => {
    const events = [
      { text: 'no type' },
      { __typename: 'MessageDelta' },
      { __typename: 'MessageCompleted' },
      { __typename: 'toString' },
    ];

    const shown = await subscribed(events);

    expect(shown).toEqual([
      { data: { messages: events[0] } },
      expect.objectContaining({ latestEvent: events[1] }),
      expect.objectContaining({ latestEvent: events[2] }),
      { data: { messages: events[3] } },
    ]);
  });

  test('tells refused subscriptions and lost connections', async () => {
    const { fetcher, sockets } = load(() => ({}));
    const observer = { next: vi.fn(), error: vi.fn(), complete: vi.fn() };

    (await observableOf(fetcher)).subscribe(observer);
    sockets[0]?.receive({ type: 'error', id: '1', payload: [{ message: 'no' }] });
    (await observableOf(fetcher)).subscribe(observer);
    sockets[1]?.onclose?.({ code: 1012, reason: 'restarting' });

    expect(observer.next).toHaveBeenCalledExactlyOnceWith({ errors: [{ message: 'no' }] });
    expect(observer.complete).toHaveBeenCalledOnce();
    expect(sockets[0]?.closed).toBe(1000);
    expect(observer.error.mock.calls.map(([error]) => (error as Error).message)).toEqual([
      'The connection was closed (1012: restarting). Press play to subscribe again.',
    ]);
  });

  test('answers pings, and shows nothing more after a subscription was stopped', async () => {
    const { fetcher, sockets } = load(() => ({}));
    const observer = { next: vi.fn(), error: vi.fn(), complete: vi.fn() };
    const subscription = (await observableOf(fetcher)).subscribe(observer);
    const socket = sockets[0]!;

    socket.receive({ type: 'ping' });
    subscription.unsubscribe();

    expect(socket.sent.at(-1)).toEqual({ type: 'pong' });
    expect(socket.closed).toBe(1000);
    expect([socket.onmessage, socket.onclose]).toEqual([null, null]);
  });

  test('keeps tabs per thread and browser tab, and what it says of the active tab agrees with them', () => {
    const { storage, sessionStorage, localStorage } = load(() => ({}));
    const tabs = {
      activeTabIndex: 1,
      tabs: [{ query: 'A' }, { query: 'B', variables: '{}', headers: null }],
    };
    const ask = () => ['query', 'variables', 'headers'].map((name) => storage.getItem(`graphiql:${name}`));

    expect(ask()).toEqual([null, null, null]);
    storage.setItem('graphiql:tabState', JSON.stringify(tabs));
    storage.setItem('graphiql:query', 'older or newer');
    storage.setItem('graphiql:theme', 'dark');

    expect(ask()).toEqual(['B', '{}', null]);
    expect(storage.getItem('graphiql:theme')).toBe('dark');
    expect(sessionStorage.keys()).toEqual([`interject:${THREAD}:tabs`]);
    expect(localStorage.keys()).toEqual(['graphiql:theme']);
    storage.clear();
    expect([...sessionStorage.keys(), ...localStorage.keys()]).toEqual([]);
  });
});

type Posted = { readonly query: string; readonly [name: string]: unknown };
type Observer = { next(result: unknown): void; error(error: unknown): void; complete(): void };
type Observable = { subscribe(observer: Observer): { unsubscribe(): void } };
type Options = {
  fetcher(
    request: { query: string; operationName?: string; variables?: object },
    more?: { headers: object },
  ): Promise<unknown>;
  storage: { getItem(key: string): string | null; setItem(key: string, value: string): void; clear(): void };
};

class FakeSocket {
  readonly sent: unknown[] = [];
  closed: number | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }

  close(code: number): void {
    this.closed = code;
  }

  receive(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
}

/** Only what the page uses; entries are own properties, as in a browser's. */
class FakeStorage {
  [key: string]: unknown;
  getItem(key: string): string | null {
    return Object.hasOwn(this, key) ? (this[key] as string) : null;
  }
  setItem(key: string, value: string): void {
    this[key] = value;
  }
  removeItem(key: string): void {
    delete this[key];
  }
  keys(): string[] {
    return Object.keys(this);
  }
}

/**
 * Runs the page's script in place of a browser, with a server that answers as told, and returns what GraphiQL
 * would be rendered with.
 */
function load(answer: (request: Posted) => unknown) {
  const posted: Posted[] = [];
  const sockets: FakeSocket[] = [];
  const sessionStorage = new FakeStorage();
  const localStorage = new FakeStorage();
  const rendered: Options[] = [];
  const YogaGraphiQL = {
    renderYogaGraphiQL: (_root: unknown, options: Options) => void rendered.push(options),
  };
  runInNewContext(readFileSync(new URL('../../src/graphql/playground/page.js', import.meta.url), 'utf8'), {
    YogaGraphiQL,
    URLSearchParams,
    Error,
    location: new URL(`http://127.0.0.1:4000/graphql?thread=${THREAD}`),
    document: { head: { insertAdjacentHTML: () => {} } },
    sessionStorage,
    localStorage,
    fetch: async (_url: string, { body, headers }: { body: string; headers: object }) => {
      const request = JSON.parse(body) as Posted;
      posted.push({ ...request, headers });
      return Response.json(answer(request));
    },
    WebSocket: class extends FakeSocket {
      constructor() {
        super();
        sockets.push(this);
      }
    },
  });
  YogaGraphiQL.renderYogaGraphiQL(null, {} as Options);
  const { fetcher, storage } = rendered[0]!;
  const ask = async (...request: Parameters<Options['fetcher']>): Promise<unknown> => {
    const observable = (await fetcher(...request)) as Observable;
    return new Promise((next, error) => void observable.subscribe({ next, error, complete: () => {} }));
  };
  return { fetcher, ask, storage, posted, sockets, sessionStorage, localStorage };
}

const runs = (...ids: string[]) => ({ runs: { nodes: ids.map((id) => ({ id })) } });

const SUBSCRIPTION = '# live\nsubscription Messages { messages { __typename } }';
const observableOf = async (fetcher: Options['fetcher']): Promise<Observable> =>
  (await fetcher({ query: SUBSCRIPTION, operationName: 'Messages' })) as Observable;

/** What is shown for these events of `messages`, result by result. */
async function subscribed(events: readonly object[]): Promise<{ conversation?: string[] }[]> {
  const { fetcher, sockets } = load(() => ({}));
  const next = vi.fn();
  (await observableOf(fetcher)).subscribe({ next, error: vi.fn(), complete: vi.fn() });
  const socket = sockets[0]!;
  socket.onopen?.();
  socket.receive({ type: 'connection_ack' });
  for (const event of events)
    socket.receive({ type: 'next', id: '1', payload: { data: { messages: event } } });
  expect(socket.sent).toEqual([
    { type: 'connection_init' },
    { id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, operationName: 'Messages' } },
  ]);
  return next.mock.calls.map(([result]) => JSON.parse(JSON.stringify(result)) as { conversation?: string[] });
}
