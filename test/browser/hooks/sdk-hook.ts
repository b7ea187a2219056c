import type { Message } from '@langchain/langgraph-sdk';
import { type UseStream, useStream } from '@langchain/langgraph-sdk/react';
import { panel, showChat } from './chat.ts';

type State = { readonly messages: Message[] };

/** The hook has them for every graph; its types only for deepagents'. */
const WITH_SUBAGENTS = { filterSubagentMessages: true };

const textOf = ({ content }: Message): string =>
  typeof content === 'string' ? content : JSON.stringify(content);

// The hook that streams through /runs/stream.
showChat((options) => {
  const stream = useStream<State>({
    ...options,
    reconnectOnMount: true,
    fetchStateHistory: true,
    ...WITH_SUBAGENTS,
  });
  const { subagents } = stream as unknown as UseStream<State>;
  return {
    messages: stream.messages.map((message, index) => ({
      id: message.id ?? String(index),
      type: message.type,
      text: textOf(message),
    })),
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
          streamSubgraphs: true,
          optimisticValues: (before) => ({ messages: [...(before.messages ?? []), turn] }),
        },
      );
    },
    stop: () => void stream.stop(),
    answer: (resume) => void stream.submit(undefined, { command: { resume }, streamResumable: true }),
    panels: [...subagents.values()].map(({ id, messages }) =>
      panel(
        id,
        messages.map((message) => `${message.type} ${textOf(message as Message)}`),
      ),
    ),
  };
});
