import type { Locator, Page } from 'playwright-core';

/** What of a browser's globals is used here; the project is not compiled with their types. */
type Browser = {
  MutationObserver: new (seen: () => void) => { observe(target: unknown, options: object): void };
};

/** The playground as a person uses it: tabs, the play button, what the result pane shows. */
export class PlaygroundPage {
  readonly page: Page;
  readonly #editor: Locator;
  readonly #result: Locator;

  private constructor(page: Page) {
    this.page = page;
    this.#editor = page.locator('.graphiql-query-editor .view-lines');
    this.#result = page.locator('.result-window .view-lines');
  }

  /** Opens the address in `page`; resolves when the first tab can be played. */
  static async open(page: Page, url: string): Promise<PlaygroundPage> {
    const playground = new PlaygroundPage(page);
    await page.goto(url);
    await playground.ready();
    return playground;
  }

  async ready(): Promise<void> {
    await this.#editor.filter({ hasText: /\S/ }).waitFor();
    await this.page.locator('.graphiql-execute-button').waitFor();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  /** The titles of the tabs. */
  tabs(): Promise<string[]> {
    return this.page.locator('.graphiql-tab-button').allInnerTexts();
  }

  async activeTab(): Promise<string | undefined> {
    const titles = await this.page.locator('.graphiql-tab-active .graphiql-tab-button').allInnerTexts();
    return titles[0];
  }

  /**
   * Waits until the editor has the tab's text: a click on play that follows within milliseconds would keep
   * the former tab.
   */
  async choose(tab: string): Promise<void> {
    await this.page.locator('.graphiql-tab-button', { hasText: tab }).click();
    await this.editorShows(new RegExp(`\\b${tab}\\b`));
  }

  /** What the editor shows, as far as it is scrolled into view. */
  async editor(): Promise<string> {
    return withPlainSpaces(await this.#editor.innerText());
  }

  async editorShows(text: RegExp): Promise<void> {
    await this.#editor.filter({ hasText: text }).waitFor();
  }

  /** Puts `text` in place of what the editor has. */
  async write(text: string): Promise<void> {
    await this.#editor.click();
    await this.page.keyboard.press('ControlOrMeta+a');
    await this.page.keyboard.insertText(text);
  }

  async play(): Promise<void> {
    await this.page.locator('.graphiql-execute-button').click();
  }

  /** From now on, keeps all that the result pane shows, however short; the function returns it in order. */
  async record(): Promise<() => Promise<string[]>> {
    const shown = await this.page.locator('.result-window').evaluateHandle((pane) => {
      const texts: string[] = [];
      const { MutationObserver } = globalThis as unknown as Browser;
      new MutationObserver(() => {
        const text = (pane as unknown as { textContent: string }).textContent;
        if (text !== texts.at(-1)) texts.push(text);
      }).observe(pane, { subtree: true, childList: true, characterData: true });
      return texts;
    });
    return async () => (await shown.jsonValue()).map(withPlainSpaces);
  }

  /**
   * Waits until the result pane shows all of `texts` at once, and returns its text as far as it is scrolled
   * into view.
   */
  async shows(...texts: (string | RegExp)[]): Promise<string> {
    const found = texts.reduce((result, hasText) => result.filter({ hasText }), this.#result);
    try {
      return withPlainSpaces(await found.innerText());
    } catch (cause) {
      throw new Error(
        `The result pane does not show ${texts.join(' and ')}, but:\n${await this.#result.innerText()}`,
        { cause },
      );
    }
  }
}

/** Monaco writes spaces as ones that don't break. */
const withPlainSpaces = (text: string): string => text.replaceAll('\u00a0', ' ');
