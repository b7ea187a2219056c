import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { startRestServer } from '../rest/support.ts';
import { hasChromium, launchChromium } from '../support/chromium.ts';
import { gate, resetGates } from '../support/gates.ts';
import { servePage } from '../support/page-server.ts';

afterEach(resetGates);

const HOOKS = [
  // Its legacy stream has no human's message of a subagent, and shows the tool's answer in the panel; the
  // state it loads later has it the other way.
  [
    'useStream of @langchain/langgraph-sdk/react',
    './hooks/sdk-hook.ts',
    (said: string) => `ai ${said} / tool ${said}`,
  ],
  [
    'useStream of @langchain/react',
    './hooks/react-hook.ts',
    (said: string, asked: string) => `human ${asked} / ai ${said}`,
  ],
] as const;

describe.skipIf(!hasChromium()).each(HOOKS)('%s in a browser', (_name, source, live) => {
  test('types, interrupts in the middle of an answer, stops one, reloads in another, and resumes an approval', {
    timeout: 90_000,
  }, async () => {
    await using server = await startRestServer();
    await using page = await servePage(fileURLToPath(new URL(source, import.meta.url)));
    await using browser = await launchChromium();
    const chat = new ChatPage(await browser.newPage());
    const open = (assistant: string) =>
      chat.open(`${page.url}?api=${encodeURIComponent(server.api)}&assistant=${assistant}`);

    await open('agent');
    const first = gate('rest-agent:begin:3', { holds: 1 });
    await chat.send('hello');
    await first.reached;
    await chat.shows(['human: hello', 'ai: beg']);
    await chat.send('no, this');
    await chat.shows(
      ['human: hello', 'ai: beg', 'human: no, this', 'ai: begin', 'tool: tool_call', 'ai: end'],
      'idle',
    );

    const second = gate('rest-agent:begin:2', { holds: 1 });
    await chat.send('stop here');
    await second.reached;
    await chat.shows(['human: stop here', 'ai: be']);
    await chat.stop();
    await chat.shows(['human: stop here', 'ai: be'], 'idle');

    const third = gate('rest-agent:end:1', { holds: 1 });
    await chat.send('and now');
    await third.reached;
    await chat.shows(['human: and now', 'ai: begin', 'tool: tool_call', 'ai: e']);
    await chat.reload();
    await chat.shows(['human: and now', 'ai: begin', 'tool: tool_call', 'ai: e'], 'loading');
    third.open();
    await chat.shows(['human: and now', 'ai: begin', 'tool: tool_call', 'ai: end'], 'idle');
    expect((await chat.lines()).slice(0, 8)).toEqual([
      'human: hello',
      'ai: beg',
      'human: no, this',
      'ai: begin',
      'tool: tool_call',
      'ai: end',
      'human: stop here',
      'ai: be',
    ]);
    expect(await statusesOf(server, chat)).toEqual(['success', 'interrupted', 'success', 'interrupted']);

    await open('approval');
    await chat.send('write to Ann');
    await chat.asks('Send it?');
    await chat.reload();
    await chat.asks('Send it?');
    await chat.approve();
    await chat.shows(['human: write to Ann', 'ai: ', 'tool: {"approve":true}', 'ai: done'], 'idle');
    expect(chat.errors).toEqual([]);
  });

  test('shows what subagents said that the agent sent work to, live and after a reload', {
    timeout: 90_000,
  }, async () => {
    await using server = await startRestServer();
    await using page = await servePage(fileURLToPath(new URL(source, import.meta.url)));
    await using browser = await launchChromium();
    const chat = new ChatPage(await browser.newPage());
    await chat.open(`${page.url}?api=${encodeURIComponent(server.api)}&assistant=subagents`);
    const panels = (show: (said: string, asked: string) => string) =>
      ['count stars', 'read tides'].map((asked, index) => `call-${index}: ${show(`Done: ${asked}`, asked)}`);
    const conversation = [
      'human: look',
      'ai: ',
      'tool: Done: count stars',
      'tool: Done: read tides',
      'ai: Both are done.',
    ];

    await chat.send('look');
    await chat.shows(conversation, 'idle');
    await chat.showsPanels(panels(live));
    await chat.reload();
    await chat.shows(conversation, 'idle');
    await chat.showsPanels(panels((said, asked) => `human ${asked} / ai ${said}`));

    expect(chat.errors).toEqual([]);
  });
});

const statusesOf = async (
  { client }: { readonly client: { runs: { list(id: string): Promise<readonly { status: string }[]> } } },
  chat: ChatPage,
) => (await client.runs.list(chat.thread)).map(({ status }) => status);

/** The page of hooks/chat.ts as a person uses it. */
class ChatPage {
  readonly errors: string[] = [];
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
    page.on('pageerror', (error) => this.errors.push(String(error)));
    page.on('console', (message) => {
      // A browser says of every refused request that it was one, also where the page expects it (a thread
      // that isn't there yet).
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        this.errors.push(message.text());
    });
  }

  get thread(): string {
    return new URL(this.#page.url()).searchParams.get('thread') ?? '';
  }

  async open(url: string): Promise<void> {
    await this.#page.goto(url);
    await this.#page.locator('input').waitFor();
  }

  async reload(): Promise<void> {
    await this.#page.reload();
    await this.#page.locator('input').waitFor();
  }

  async send(text: string): Promise<void> {
    await this.#page.locator('input').fill(text);
    await this.#page.getByRole('button', { name: 'Send' }).click();
  }

  async stop(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Stop' }).click();
  }

  async approve(): Promise<void> {
    await this.#page.getByRole('button', { name: 'Approve' }).click();
  }

  async asks(question: string): Promise<void> {
    await this.#page.locator('#question', { hasText: question }).waitFor();
  }

  /** Waits until the page shows these panels of subagents. */
  async showsPanels(panels: readonly string[]): Promise<void> {
    try {
      for (const text of panels)
        await this.#page.locator('.panel', { hasText: text }).waitFor({ timeout: 15_000 });
    } catch (cause) {
      throw new Error(
        `The page does not show ${panels.join(' | ')}, but:\n${(await this.#page.locator('.panel').allInnerTexts()).join('\n')}`,
        {
          cause,
        },
      );
    }
    expect(await this.#page.locator('.panel').allInnerTexts()).toEqual(panels);
  }

  lines(): Promise<string[]> {
    return this.#page.locator('li').allInnerTexts();
  }

  /** Waits until the conversation ends with these messages, and the page is in this state. */
  async shows(messages: readonly string[], status?: 'idle' | 'loading'): Promise<void> {
    try {
      await this.#page.waitForFunction(
        ([wanted, state]) => {
          const { document } = globalThis as unknown as {
            document: { querySelectorAll(selector: string): Iterable<{ innerText: string }> };
          };
          const shown = [...document.querySelectorAll('li')].map(({ innerText }) => innerText.trim());
          const [now] = [...document.querySelectorAll('#status')].map(({ innerText }) => innerText);
          return (
            JSON.stringify(shown.slice(-wanted.length)) === JSON.stringify(wanted) &&
            (state === undefined || now === state)
          );
        },
        [messages.map((message) => message.trim()), status] as const,
        { timeout: 15_000 },
      );
    } catch (cause) {
      const now = await this.#page.locator('#status').innerText();
      throw new Error(
        `The page does not show ${messages.join(' | ')} (${status}), but:\n${(await this.lines()).join('\n')}\n${now}`,
        {
          cause,
        },
      );
    }
  }
}
