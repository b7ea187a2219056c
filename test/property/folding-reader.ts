import { isDeepStrictEqual } from 'node:util';
import { emptyConversation, type MessageEvent, reduceMessages } from '../../src/client/public.ts';
import { type Followed, overWebSocket } from '../support/followed.ts';

/** A message as far as readers and the state must agree on it. */
export type Line = {
  readonly type: string;
  readonly id: string | null;
  readonly content: unknown;
  readonly partial: boolean;
  readonly streaming: boolean;
};

/** A reader of a thread's conversation, as a page is: it folds what it gets. */
export class FoldingReader {
  readonly #before: readonly MessageEvent[];
  readonly #followed: Followed<MessageEvent>;

  private constructor(before: readonly MessageEvent[], followed: Followed<MessageEvent>) {
    this.#before = before;
    this.#followed = followed;
  }

  static fromStart(url: string, threadId: string): FoldingReader {
    return new FoldingReader([], overWebSocket(url, 'messages', { threadId, fromStart: true }));
  }

  /** One that had got these events when its connection was cut, and comes back behind the last of them. */
  static behind(url: string, threadId: string, events: readonly MessageEvent[]): FoldingReader {
    return new FoldingReader(
      events,
      overWebSocket(url, 'messages', { threadId, after: events.at(-1)?.cursor }),
    );
  }

  get events(): readonly MessageEvent[] {
    return [...this.#before, ...this.#followed.events];
  }

  get lines(): Line[] {
    const { messages } = this.events.reduce(reduceMessages, emptyConversation);
    return messages.map((message) => ({
      type: message.type,
      id: message.id,
      content: message.content,
      partial: message.__typename === 'AIMessage' && message.partial,
      streaming: message.streaming,
    }));
  }

  /**
   * Complete messages that aren't what had been streamed of them: rows of the log that are lost, or there
   * twice. Of a message that was cut off its text is kept alone.
   */
  get misheard(): string[] {
    const misheard: string[] = [];
    let conversation = emptyConversation;
    for (const event of this.events) {
      if (event.__typename === 'MessageCompleted') {
        const { message } = event;
        const heard = conversation.messages.find(
          ({ id, streaming }) => streaming && id !== null && id === message.id,
        );
        const isPartial = message.__typename === 'AIMessage' && message.partial;
        const isSame = isPartial
          ? heard?.text === message.text
          : isDeepStrictEqual(heard?.content, message.content);
        // Of messages that did not stream nothing was heard.
        if (heard !== undefined && heard.content !== '' && !isSame)
          misheard.push(`${JSON.stringify(heard.content)} | ${JSON.stringify(message.content)}`);
      }
      conversation = reduceMessages(conversation, event);
    }
    return misheard;
  }

  leave(): Promise<void> {
    return this.#followed.leave();
  }
}
