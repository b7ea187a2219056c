import { type AnyStream, type SubagentDiscoverySnapshot, useMessages, useStream } from '@langchain/react';
import { createElement as h, type ReactElement } from 'react';
import { panel, showChat } from './chat.ts';

type SubagentProps = { readonly stream: AnyStream; readonly subagent: SubagentDiscoverySnapshot };

function Subagent({ stream, subagent }: SubagentProps): ReactElement {
  const messages = useMessages(stream, subagent);
  return panel(
    subagent.id,
    messages.map((message) => `${message.getType()} ${message.text}`),
  );
}

// The hook that streams through commands and /stream/events.
showChat((options) => {
  const stream = useStream(options);
  return {
    messages: stream.messages.map((message, index) => ({
      id: message.id ?? String(index),
      type: message.getType(),
      text: message.text,
    })),
    isLoading: stream.isLoading,
    error: stream.error,
    question: stream.interrupts[0]?.value,
    send: (content) =>
      void stream.submit({ messages: [{ type: 'human', content }] }, { multitaskStrategy: 'interrupt' }),
    stop: () => void stream.stop(),
    answer: (value) => void stream.respond(value),
    panels: [...stream.subagents.values()].map((subagent) =>
      h(Subagent, { key: subagent.id, stream, subagent }),
    ),
  };
});
