import type { Message } from '@langchain/langgraph-sdk';
import { useStream } from '@langchain/langgraph-sdk/react';
import { showChat } from './chat.ts';

type State = { readonly messages: Message[] };

const textOf = ({ content }: Message): string => (typeof content === 'string' ? content : JSON.stringify(content));

// The hook that streams through /runs/stream.
showChat((options) => {
  const stream = useStream<State>({ ...options, reconnectOnMount: true, fetchStateHistory: true });
  return {
    messages: stream.messages.map((message, index) => ({ id: message.id ?? String(index), type: message.type, text: textOf(message) })),
    isLoading: stream.isLoading,
    error: stream.error,
    question: stream.interrupt?.value,
    send: (content) => {
      const turn: Message = { type: 'human', content };
      void stream.submit(
        { messages: [turn] },
        {
          multitaskStrategy: 'interrupt',
          streamResumable: true,
          optimisticValues: (before) => ({ messages: [...(before.messages ?? []), turn] }),
        },
      );
    },
    stop: () => void stream.stop(),
    answer: (resume) => void stream.submit(undefined, { command: { resume }, streamResumable: true }),
  };
});
