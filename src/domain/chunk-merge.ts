import { isJsonObject, type Json, type JsonObject, setOwn } from './json.ts';
import type { ToolCallJson } from './message.ts';
import { parsePartialJson } from './partial-json.ts';

// How LangChain joins the chunks of a message, on JSON: what readers fold is then the message that the graph
// stores. The source is @langchain/core 1.4, messages/base (mergeContent, _mergeLists, _mergeDicts),
// messages/metadata (mergeUsageMetadata) and messages/utils (collapseToolCallChunks). One difference:
// LangChain throws where a member has two types; here the first one stays, for a reader can do nothing about
// it.

/**
 * Adds a chunk's content to the content so far. Strings join; blocks continue the block that they name, by
 * index or id, else they are appended.
 */
export function mergeContent(soFar: Json, chunk: Json): Json {
  if (soFar === null) return chunk;
  if (chunk === null || chunk === '') return soFar;
  if (soFar === '') return chunk;
  if (typeof soFar === 'string') {
    if (typeof chunk === 'string') return soFar + chunk;
    const blocks = blocksOf(chunk);
    return blocks.length === 0
      ? soFar
      : [{ type: 'text', ...(blocks.some(isData) ? TEXT_SOURCE : {}), text: soFar }, ...blocks];
  }
  const before = blocksOf(soFar);
  if (typeof chunk !== 'string') return mergeLists(before, blocksOf(chunk));
  return [
    ...before,
    before.some(isData) ? { type: 'file', ...TEXT_SOURCE, text: chunk } : { type: 'text', text: chunk },
  ];
}

/**
 * Appends the items of `right`, but for those that continue an item of the list. Items that nothing changes
 * stay the same objects.
 */
export function mergeLists(left: readonly Json[], right: readonly Json[]): readonly Json[] {
  if (right.length === 0) return left;
  const merged = [...left];
  for (const item of right) {
    const at = isNamed(item) ? merged.findIndex((other) => continues(item, other)) : -1;
    const target = merged[at];
    if (isJsonObject(target) && isJsonObject(item)) merged[at] = mergeObjects(target, item);
    else if (!isJsonObject(item) || item['text'] !== '') merged.push(item);
  }
  return merged;
}

/** Joins member by member: texts and lists join, numbers add up, names take the newer value. */
export function mergeObjects(left: JsonObject, right: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const before = Object.hasOwn(merged, key) ? merged[key] : null;
    setOwn(merged, key, mergeMember(key, before ?? null, value));
  }
  return merged;
}

const REPLACED: ReadonlySet<string> = new Set(['id', 'name', 'output_version', 'model_provider']);
const KEPT: ReadonlySet<string> = new Set(['index', 'created', 'timestamp']);

function mergeMember(key: string, before: Json, value: Json): Json {
  if (before === null) return value;
  if (typeof before === 'string' && typeof value === 'string') {
    if (REPLACED.has(key)) return value === '' ? before : value;
    return key === 'type' || KEPT.has(key) ? before : before + value;
  }
  if (typeof before === 'number' && typeof value === 'number') return KEPT.has(key) ? before : before + value;
  if (Array.isArray(before) && Array.isArray(value)) return mergeLists(before, value);
  return isJsonObject(before) && isJsonObject(value) ? mergeObjects(before, value) : before;
}

const MODALITIES = ['audio', 'image', 'video', 'document', 'text'] as const;
const INPUT_DETAILS = [...MODALITIES, 'cache_read', 'cache_creation'] as const;
const OUTPUT_DETAILS = [...MODALITIES, 'reasoning'] as const;

/** The tokens of both. */
export function mergeUsage(left: Json | undefined, right: Json | undefined): JsonObject {
  const sum = (key: string): number => countOf(left, key) + countOf(right, key);
  const details = (key: string, counts: readonly string[]): JsonObject => {
    const [first, second] = [memberOf(left, key), memberOf(right, key)];
    const counted = counts.filter(
      (count) => memberOf(first, count) !== undefined || memberOf(second, count) !== undefined,
    );
    return Object.fromEntries(
      counted.map((count) => [count, countOf(first, count) + countOf(second, count)]),
    );
  };
  return {
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    total_tokens: sum('total_tokens'),
    input_token_details: details('input_token_details', INPUT_DETAILS),
    output_token_details: details('output_token_details', OUTPUT_DETAILS),
  };
}

const memberOf = (value: Json | undefined, key: string): Json | undefined =>
  isJsonObject(value) ? value[key] : undefined;

const countOf = (value: Json | undefined, key: string): number => {
  const count = memberOf(value, key);
  return typeof count === 'number' ? count : 0;
};

/** A single block is a list of one. */
const blocksOf = (content: Exclude<Json, string | null>): readonly Json[] =>
  Array.isArray(content) ? content : [content];

const TEXT_SOURCE = { source_type: 'text' } as const;
const SOURCES: ReadonlySet<unknown> = new Set(['url', 'base64', 'text', 'id']);
/** LangChain's older blocks of images and files. */
const isData = (block: Json): boolean =>
  isJsonObject(block) && typeof block['type'] === 'string' && SOURCES.has(block['source_type']);

const hasIndex = ({ index }: JsonObject): boolean => typeof index === 'number' || typeof index === 'string';
const hasId = ({ id }: JsonObject): boolean => id !== undefined && id !== null && id !== '';

/** Whether a later chunk can continue the item. */
export const isNamed = (item: Json): item is JsonObject =>
  isJsonObject(item) && (hasIndex(item) || hasId(item));

function continues(item: JsonObject, other: Json): boolean {
  if (!isJsonObject(other) || hasIndex(item) !== hasIndex(other)) return false;
  const isSameId = item['id'] === other['id'];
  if (!hasIndex(item)) return hasId(item) && isSameId;
  if (item['index'] !== other['index'] || isOfOtherType(item, other)) return false;
  return !hasId(item) || !hasId(other) || isSameId;
}

function isOfOtherType({ type: left }: JsonObject, { type: right }: JsonObject): boolean {
  return typeof left === 'string' && typeof right === 'string' && baseOf(left) !== baseOf(right);
}

/** Anthropic's pieces of a block have its type with this ending. */
const baseOf = (type: string): string => type.replace(/_delta$/, '');

export type CollapsedCalls = {
  readonly tool_calls: readonly ToolCallJson[];
  readonly invalid_tool_calls: readonly JsonObject[];
};

/**
 * The tool calls that chunks make, as collapseToolCallChunks of @langchain/core 1.4 has them: those with an
 * id and an object of arguments are valid.
 */
export function collapseToolCalls(chunks: readonly Json[]): CollapsedCalls {
  const [valid, invalid]: [ToolCallJson[], JsonObject[]] = [[], []];
  for (const group of groupsOf(chunks.filter(isJsonObject))) {
    const isRaw = group.some(({ isCustomTool }) => isCustomTool === true);
    const name = textOf(group[0]?.['name']);
    const joined = group.map(({ args }) => textOf(args)).join('');
    const args = (isRaw ? joined : joined.trim()) || '{}';
    const id = (group.find((chunk) => chunk['id']) ?? group[0])?.['id'];
    const read = isRaw ? { input: joined } : parsePartialJson(args);
    if (typeof id === 'string' && id !== '' && isJsonObject(read))
      valid.push({ name, args: read, id, type: 'tool_call' });
    else
      invalid.push({
        name,
        args,
        ...(id === undefined ? {} : { id }),
        error: 'Malformed args.',
        type: 'invalid_tool_call',
      });
  }
  return { tool_calls: valid, invalid_tool_calls: invalid };
}

/**
 * The chunks of each call. A chunk belongs to the call whose first chunk has the same id and index, as far as
 * it has these.
 */
function groupsOf(chunks: readonly JsonObject[]): JsonObject[][] {
  const groups: JsonObject[][] = [];
  for (const chunk of chunks) {
    const [hasId, hasIndex] = [Boolean(chunk['id']), chunk['index'] !== undefined];
    const group = groups.find(
      ([first]) =>
        (hasId || hasIndex) &&
        (!hasId || first?.['id'] === chunk['id']) &&
        (!hasIndex || first?.['index'] === chunk['index']),
    );
    if (group === undefined) groups.push([chunk]);
    else group.push(chunk);
  }
  return groups;
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '');
