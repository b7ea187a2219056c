import type { BrowserContext, Page } from 'playwright-core';
import { describe, expect, test, vi } from 'vitest';
import { hasChromium, launchChromium } from '../support/chromium.ts';
import { PlaygroundPage } from '../support/playground-page.ts';
import { DEMO_GRAPHS, startTestService } from '../support/service.ts';

// Slower than for people, for browsers on busy machines: when its tool has answered, seven seconds of a run
// are left to interrupt it in.
vi.stubEnv('INTERJECT_DEMO_PACE', '2');
vi.stubEnv('INTERJECT_MODEL', '');

const TABS = ['CreateThread', 'FirstRun', 'SecondRun', 'Messages', 'JoinRun', 'State'];
/** High enough that no result has to be scrolled: what is out of view is not in the page either. */
const VIEWPORT = { width: 1400, height: 2400 };

describe.skipIf(!hasChromium())('the playground in a browser', () => {
  test('plays the scenario tab by tab, while a second window watches', { timeout: 120_000 }, async () => {
    await using service = await startTestService({ langgraphJson: DEMO_GRAPHS });
    await using browser = await launchChromium();
    const context = await browser.newContext({ viewport: VIEWPORT });
    const watched = watch(context, service);
    const newcomer = await PlaygroundPage.open(await context.newPage(), service.url);

    expect(await newcomer.tabs()).toEqual(TABS);
    await newcomer.play();
    await newcomer.shows('"status": "IDLE"');
    const spectator = await PlaygroundPage.open(await context.newPage(), newcomer.page.url());
    await spectator.choose('Messages');
    await spectator.play();
    await spectator.shows('"MessagesReset"');
    await newcomer.choose('FirstRun');
    await newcomer.play();
    await newcomer.shows('"status": "PENDING"');
    await newcomer.choose('SecondRun');
    await spectator.shows('"tool: ', '"RUNNING"');
    await newcomer.play();
    await newcomer.shows('"status": "PENDING"');
    await newcomer.choose('Messages');
    const shown = await newcomer.record();
    await newcomer.play();
    await newcomer.shows('"SUCCESS (COMPLETED)"');
    const growing = (await shown()).filter((text) => text.includes('"MessageDelta"'));
    expect(new Set(growing).size).toBeGreaterThan(2);

    const whole = await spectator.shows('"INTERRUPTED (SUPERSEDED)"', '"SUCCESS (COMPLETED)"');
    await newcomer.choose('JoinRun');
    await newcomer.play();
    expect(await newcomer.shows('"JoinedRun"')).toContain('"endReason": "COMPLETED"');
    await newcomer.choose('State');
    await newcomer.play();
    const { thread } = (parsed(await newcomer.shows('"messages"')) as { data: { thread: Thread } }).data;
    expect(thread.status).toBe('IDLE');
    expect(thread.runs.nodes.map(({ endReason }) => endReason)).toEqual(['SUPERSEDED', 'COMPLETED']);
    expect(thread.runs.nodes[0]?.supersededBy?.id).toBe(thread.runs.nodes[1]?.id);
    // The interrupt came after the tool's answer: with or without a first word of the run's own.
    expect(thread.messages.map(({ type }) => type).join(' ')).toMatch(
      /^human ai tool (ai )?human ai tool ai$/,
    );
    expect(
      (parsed(whole) as { conversation: string[] }).conversation.map((line) => line.split(':')[0]),
    ).toEqual(thread.messages.map(({ type }) => type));
    expect(watched.elsewhere).toEqual([]);
    expect(watched.errors).toEqual([]);
    expect(watched.deltasOverWebSocket()).toBeGreaterThan(10);
  });

  test('keeps its tabs over a reload and starts anew on another visit', { timeout: 90_000 }, async () => {
    await using service = await startTestService({ langgraphJson: DEMO_GRAPHS });
    await using browser = await launchChromium();
    const context = await browser.newContext({ viewport: VIEWPORT });
    const watched = watch(context, service);
    const playground = await PlaygroundPage.open(await context.newPage(), service.url);
    await playground.play();
    await playground.shows('"IDLE"');
    const address = playground.page.url();
    await playground.choose('State');
    await playground.write(`query Mine { thread(id: "${threadOf(address)}") { id status } }`);
    await playground.page.locator('.graphiql-tab-button', { hasText: 'Mine' }).waitFor();
    await storedTabs(playground.page, 'query Mine');

    await playground.reload();

    expect(playground.page.url()).toBe(address);
    expect(await playground.tabs()).toEqual([...TABS.slice(0, 5), 'Mine']);
    expect(await playground.activeTab()).toBe('Mine');
    await playground.play();
    await playground.shows('"status": "IDLE"', threadOf(address));

    await playground.choose('FirstRun');
    await playground.play();
    await playground.shows('"PENDING"');
    await playground.choose('JoinRun');
    await storedTabs(playground.page, '"activeTabIndex":4');
    await playground.reload();
    expect(await playground.tabs()).toHaveLength(6);
    expect(await playground.activeTab()).toBe('JoinRun');
    await playground.play();
    await playground.shows('"endReason": "COMPLETED"');

    const anew = await PlaygroundPage.open(playground.page, service.url);
    expect(threadOf(anew.page.url())).not.toBe(threadOf(address));
    expect(await anew.tabs()).toEqual(TABS);
    expect(await anew.activeTab()).toBe('CreateThread');
    await anew.play();
    await anew.shows('"IDLE"', threadOf(anew.page.url()));
    expect(watched.elsewhere).toEqual([]);
    expect(watched.errors).toEqual([]);
  });

  test('documents the schema, and says which operation is wrong', { timeout: 90_000 }, async () => {
    await using service = await startTestService({ langgraphJson: DEMO_GRAPHS });
    await using browser = await launchChromium();
    const context = await browser.newContext({ viewport: VIEWPORT });
    const watched = watch(context, service);
    const playground = await PlaygroundPage.open(await context.newPage(), service.url);
    const { page } = playground;

    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const explorer = page.locator('.graphiql-doc-explorer');
    await explorer.getByRole('link', { name: 'Subscription', exact: true }).click();
    await explorer
      .getByText('Each replays the durable log, then continues live without gaps or repeats.')
      .waitFor();
    await explorer.getByRole('link', { name: 'messages', exact: true }).click();
    await explorer
      .getByText('The conversation, ready to render: from now, from after, or from the start.')
      .waitFor();

    await playground.choose('JoinRun');
    await playground.play();
    await playground.shows('"__typename": "NotFoundError"');
    await playground.write('subscription Wrong { nothing }');
    await playground.page.locator('.graphiql-tab-button', { hasText: 'Wrong' }).waitFor();
    await playground.play();
    await playground.shows('Cannot query field', 'nothing');
    expect(watched.elsewhere).toEqual([]);
    expect(watched.errors).toEqual([]);
  });
});

type Thread = {
  readonly status: string;
  readonly messages: readonly { type: string; text: string }[];
  readonly runs: {
    readonly nodes: readonly { id: string; endReason: string; supersededBy: { id: string } | null }[];
  };
};

/** Records what all pages of the context do. `elsewhere`: requests that left the service. */
function watch(context: BrowserContext, { url }: { readonly url: string }) {
  const elsewhere: string[] = [];
  const errors: string[] = [];
  let deltas = 0;
  const check = (address: string): void => {
    const { protocol, host } = new URL(address);
    const isInPage = protocol === 'data:' || protocol === 'blob:';
    if (!isInPage && host !== new URL(url).host) elsewhere.push(address);
  };
  context.on('page', (page) => {
    page.on('request', (request) => check(request.url()));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') errors.push(message.text());
    });
    page.on('pageerror', (error) => errors.push(String(error)));
    page.on('websocket', (socket) => {
      check(socket.url());
      socket.on('framereceived', ({ payload }) => {
        if (String(payload).includes('"__typename":"MessageDelta"')) deltas += 1;
      });
    });
  });
  return { elsewhere, errors, deltasOverWebSocket: () => deltas };
}

const threadOf = (address: string): string => new URL(address).searchParams.get('thread') ?? '';

/** The pane wraps long strings. */
const parsed = (result: string): unknown => JSON.parse(result.replaceAll(/\n\s*/g, ' '));

/** GraphiQL stores the tabs a moment after a change. */
const storedTabs = (page: Page, text: string): Promise<unknown> =>
  page.waitForFunction(
    (wanted) => Object.values(globalThis.sessionStorage).some((value) => String(value).includes(wanted)),
    text,
  );
