import { useStream } from '@langchain/react';
import { showChat } from './chat.ts';

// The hook that streams through commands and /stream/events.
showChat((options) => {
  const stream = useStream(options);
  return {
    messages: stream.messages.map((message, index) => ({ id: message.id ?? String(index), type: message.getType(), text: message.text })),
    isLoading: stream.isLoading,
    error: stream.error,
    question: stream.interrupts[0]?.value,
    send: (content) => void stream.submit({ messages: [{ type: 'human', content }] }, { multitaskStrategy: 'interrupt' }),
    stop: () => void stream.stop(),
    answer: (value) => void stream.respond(value),
  };
});
