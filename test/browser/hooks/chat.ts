import { createElement as h, type ReactElement, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** What of a browser's globals is used here; the project is not compiled with their types. */
type Browser = {
  readonly document: { getElementById(id: string): Parameters<typeof createRoot>[0] };
  readonly location: { readonly href: string };
  readonly history: { replaceState(data: null, unused: '', url: string): void };
};
const { document, location, history } = globalThis as unknown as Browser;

/** A conversation as either hook has it. */
export type Chat = {
  readonly messages: readonly { readonly id: string; readonly type: string; readonly text: string }[];
  readonly isLoading: boolean;
  readonly error: unknown;
  /** What a human is asked for. */
  readonly question: unknown;
  /** Sends a message; in the middle of an answer it interrupts that. */
  readonly send: (text: string) => void;
  readonly stop: () => void;
  readonly answer: (value: unknown) => void;
  /** What each subagent has said, by the tool call that started it. */
  readonly panels: readonly ReactElement[];
};
export type ChatOptions = {
  readonly apiUrl: string;
  readonly assistantId: string;
  readonly threadId: string | null;
  readonly onThreadId: (id: string) => void;
};

/** The messages of one subagent. */
export const panel = (callId: string, texts: readonly string[]): ReactElement =>
  h('p', { key: callId, className: 'panel' }, `${callId}: ${texts.join(' / ')}`);

const button = (name: string, onClick: () => void): ReactElement =>
  h('button', { type: 'button', onClick }, name);

/**
 * Shows the conversation that the address names (api, assistant, thread); a new thread's id goes into the
 * address, so that a reload finds it.
 */
export function showChat(useChat: (options: ChatOptions) => Chat): void {
  const address = new URL(location.href);
  const named = (name: string): string => address.searchParams.get(name) ?? '';

  function Page(): ReactElement {
    const [threadId, setThreadId] = useState<string | null>(address.searchParams.get('thread'));
    const [text, setText] = useState('');
    const onThreadId = (id: string): void => {
      address.searchParams.set('thread', id);
      history.replaceState(null, '', address.href);
      setThreadId(id);
    };
    const chat = useChat({ apiUrl: named('api'), assistantId: named('assistant'), threadId, onThreadId });
    return h(
      'main',
      null,
      h(
        'ol',
        null,
        ...chat.messages.map(({ id, type, text: said }) => h('li', { key: id }, `${type}: ${said}`)),
      ),
      ...chat.panels,
      h(
        'p',
        { id: 'status' },
        chat.error ? `error: ${String(chat.error)}` : chat.isLoading ? 'loading' : 'idle',
      ),
      chat.question === undefined
        ? null
        : h(
            'p',
            { id: 'question' },
            JSON.stringify(chat.question),
            button('Approve', () => chat.answer({ approve: true })),
          ),
      h('input', {
        value: text,
        onChange: (event: { target: { value: string } }) => setText(event.target.value),
      }),
      button('Send', () => chat.send(text)),
      button('Stop', chat.stop),
    );
  }

  createRoot(document.getElementById('root')).render(h(Page));
}
