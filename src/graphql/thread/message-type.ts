import { isJsonObject, type JsonObject } from '../../domain/json.ts';
import { idOf, type MessageJson, type ToolCallJson, textOf, textOrUndefined, toolCallsOf } from '../../domain/message.ts';
import { builder } from '../builder.ts';

const TYPE_NAMES: ReadonlyMap<string, string> = new Map([
  ['human', 'HumanMessage'],
  ['system', 'SystemMessage'],
  ['ai', 'AIMessage'],
  ['tool', 'ToolMessage'],
]);

export const MessageInterface = builder.interfaceRef<MessageJson>('Message').implement({
  description: 'One LangChain message.',
  resolveType: (message) => TYPE_NAMES.get(message.type) ?? 'OtherMessage',
  fields: (t) => ({
    id: t.id({
      nullable: true,
      description: 'Its id, unique in its thread; null where the graph gave it none.',
      resolve: (message) => idOf(message.id),
    }),
    type: t.string({
      description: 'One of human, system, ai, tool, or another type of LangChain (chat, function, remove, …).',
      resolve: ({ type }) => type,
    }),
    name: t.string({
      nullable: true,
      description: 'The name of the speaker or of the tool; null where it has none.',
      resolve: (message) => textOrUndefined(message.name),
    }),
    text: t.string({
      description: 'The concatenated text of its content; empty where it has none.',
      resolve: ({ content }) => textOf(content),
    }),
    content: t.field({
      type: 'JSON',
      description: 'The content as stored: a string or a list of blocks.',
      resolve: ({ content }) => content ?? '',
    }),
    additionalKwargs: t.field({
      type: 'JSON',
      description: "What a provider adds to LangChain's own fields; {} where there is nothing.",
      resolve: (message) => message.additional_kwargs ?? {},
    }),
    responseMetadata: t.field({
      type: 'JSON',
      description: 'What the provider said about its response (model, finish reason, …); {} where there is nothing.',
      resolve: (message) => message.response_metadata ?? {},
    }),
  }),
});

const messageObject = (name: string) => builder.objectRef<MessageJson>(name);

messageObject('HumanMessage').implement({ description: 'What a person said.', interfaces: [MessageInterface] });
messageObject('SystemMessage').implement({ description: 'Instructions for the model.', interfaces: [MessageInterface] });
messageObject('OtherMessage').implement({
  description: 'Any other type of message (chat, function, remove, …).',
  interfaces: [MessageInterface],
});

const ToolCallType = builder.objectRef<ToolCallJson>('ToolCall').implement({
  description: 'A call of a tool that the model asks for.',
  fields: (t) => ({
    id: t.string({
      nullable: true,
      description: 'Names the call; its ToolMessage carries the same in toolCallId. Null where the provider gave none.',
      resolve: (call) => call.id,
    }),
    name: t.exposeString('name', { description: "The tool's name." }),
    args: t.field({ type: 'JSON', description: "The tool's arguments.", resolve: (call) => call.args }),
  }),
});

const TokenUsageType = builder.objectRef<TokenUsage>('TokenUsage').implement({
  description: 'Tokens that one response of a model cost, as the provider counts them.',
  fields: (t) => ({
    inputTokens: t.exposeInt('inputTokens', { description: 'Tokens of the prompt.' }),
    outputTokens: t.exposeInt('outputTokens', { description: 'Tokens of the response.' }),
    totalTokens: t.exposeInt('totalTokens', { description: 'Both together.' }),
  }),
});

messageObject('AIMessage').implement({
  description: 'What the model said.',
  interfaces: [MessageInterface],
  fields: (t) => ({
    toolCalls: t.field({
      type: [ToolCallType],
      description: 'The tools it asks to call; empty when it asks for none.',
      resolve: (message) => [...toolCallsOf(message.tool_calls)],
    }),
    usage: t.field({
      type: TokenUsageType,
      nullable: true,
      description: 'What the response cost; null where the provider did not say.',
      resolve: (message) => usageOf(message.usage_metadata),
    }),
    partial: t.boolean({
      description: 'True when the run was stopped while this message was being written.',
      resolve: (message) => message.response_metadata?.['partial'] === true,
    }),
  }),
});

messageObject('ToolMessage').implement({
  description: 'What a tool answered.',
  interfaces: [MessageInterface],
  fields: (t) => ({
    toolCallId: t.string({ description: 'The id of the call that it answers.', resolve: (message) => idOf(message.tool_call_id) ?? '' }),
    status: t.string({
      description: 'Either success or error; error also for a call that was stopped before it answered.',
      resolve: (message) => textOrUndefined(message.status) ?? 'success',
    }),
  }),
});

type TokenUsage = { readonly inputTokens: number; readonly outputTokens: number; readonly totalTokens: number };

function usageOf(usage: JsonObject | null | undefined): TokenUsage | null {
  if (!isJsonObject(usage)) return null;
  const inputTokens = countOf(usage['input_tokens']);
  const outputTokens = countOf(usage['output_tokens']);
  return { inputTokens, outputTokens, totalTokens: countOf(usage['total_tokens'], inputTokens + outputTokens) };
}

/** Graphs may have stored anything as a count. What GraphQL's Int can't hold is none. */
const countOf = (value: unknown, otherwise = 0): number => (isInt(value) ? value : isInt(otherwise) ? otherwise : 0);
const isInt = (value: unknown): value is number => typeof value === 'number' && (value | 0) === value;
