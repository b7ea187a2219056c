import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import {
  idOf,
  type MessageJson,
  type ToolCallJson,
  textOf,
  textOrUndefined,
  toolCallsOf,
} from '../../domain/message.ts';
import { builder } from '../builder.ts';

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['human', 'HumanMessage'],
  ['system', 'SystemMessage'],
  ['ai', 'AIMessage'],
  ['tool', 'ToolMessage'],
]);

export const MessageInterface = builder.interfaceRef<MessageJson>('Message').implement({
  description: 'A LangChain message.',
  resolveType: (message) => TYPE_NAMES.get(message.type) ?? 'OtherMessage',
  fields: (t) => ({
    id: t.id({
      nullable: true,
      description: 'Its id, unique in its thread. Null: the graph assigned none.',
      resolve: (message) => idOf(message.id),
    }),
    type: t.string({
      description:
        'The type: human, system, ai, tool, or another LangChain type (chat, function, remove, …).',
      resolve: ({ type }) => type,
    }),
    name: t.string({
      nullable: true,
      description: 'The name of the speaker or of the tool. Null: none.',
      resolve: (message) => textOrUndefined(message.name),
    }),
    text: t.string({
      description: 'The concatenated text of its content. Empty if there is none.',
      resolve: ({ content }) => textOf(content),
    }),
    content: t.field({
      type: 'JSON',
      description: 'The content as stored: a string or a list of blocks.',
      resolve: ({ content }) => content ?? '',
    }),
    additionalKwargs: t.field({
      type: 'JSON',
      description: "Provider-specific fields beyond LangChain's own; {} if none.",
      resolve: (message) => message.additional_kwargs ?? {},
    }),
    responseMetadata: t.field({
      type: 'JSON',
      description: "The provider's metadata about its response (model, finish reason, …); {} if none.",
      resolve: (message) => message.response_metadata ?? {},
    }),
  }),
});

const messageObject = (name: string) => builder.objectRef<MessageJson>(name);

messageObject('HumanMessage').implement({
  description: 'A message from a person.',
  interfaces: [MessageInterface],
});
messageObject('SystemMessage').implement({
  description: 'Instructions for the model.',
  interfaces: [MessageInterface],
});
messageObject('OtherMessage').implement({
  description: 'Any other type of message (chat, function, remove, …).',
  interfaces: [MessageInterface],
});

const ToolCallType = builder.objectRef<ToolCallJson>('ToolCall').implement({
  description: 'A tool call requested by the model.',
  fields: (t) => ({
    id: t.string({
      nullable: true,
      description:
        'The id of the call, equal to toolCallId of its ToolMessage. Null: the provider assigned none.',
      resolve: (call) => call.id,
    }),
    name: t.exposeString('name', { description: "The tool's name." }),
    args: t.field({ type: 'JSON', description: "The tool's arguments.", resolve: (call) => call.args }),
  }),
});

const TokenUsageType = builder.objectRef<TokenUsage>('TokenUsage').implement({
  description: 'The tokens of one model response, as counted by the provider.',
  fields: (t) => ({
    inputTokens: t.exposeInt('inputTokens', { description: 'Tokens of the prompt.' }),
    outputTokens: t.exposeInt('outputTokens', { description: 'Tokens of the response.' }),
    totalTokens: t.exposeInt('totalTokens', { description: 'The sum of both.' }),
  }),
});

messageObject('AIMessage').implement({
  description: 'A message from the model.',
  interfaces: [MessageInterface],
  fields: (t) => ({
    toolCalls: t.field({
      type: [ToolCallType],
      description: 'The tool calls it requests.',
      resolve: (message) => [...toolCallsOf(message.tool_calls)],
    }),
    usage: t.field({
      type: TokenUsageType,
      nullable: true,
      description: 'The tokens used. Null: not reported by the provider.',
      resolve: (message) => usageOf(message.usage_metadata),
    }),
    partial: t.boolean({
      description: 'True if the run was stopped while this message was being written.',
      resolve: (message) => message.response_metadata?.['partial'] === true,
    }),
  }),
});

messageObject('ToolMessage').implement({
  description: 'The result of a tool call.',
  interfaces: [MessageInterface],
  fields: (t) => ({
    toolCallId: t.string({
      description: 'The id of the tool call it answers.',
      resolve: (message) => idOf(message.tool_call_id) ?? '',
    }),
    status: t.string({
      description: 'Either success or error; error also for a call that was stopped before it answered.',
      resolve: (message) => textOrUndefined(message.status) ?? 'success',
    }),
  }),
});

type TokenUsage = {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly totalTokens: number;
};

function usageOf(usage: JsonObject | null | undefined): TokenUsage | null {
  if (!isJsonObject(usage)) return null;
  const inputTokens = countOf(usage['input_tokens']);
  const outputTokens = countOf(usage['output_tokens']);
  return {
    inputTokens,
    outputTokens,
    totalTokens: countOf(usage['total_tokens'], inputTokens + outputTokens),
  };
}

/** Graphs may have stored anything as a count. What GraphQL's Int can't hold is none. */
const countOf = (value: unknown, otherwise = 0): number =>
  isInt(value) ? value : isInt(otherwise) ? otherwise : 0;
const isInt = (value: unknown): value is number => typeof value === 'number' && (value | 0) === value;
