import { coerceMessageLikeToMessage } from '@langchain/core/messages';
import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { describeThrown } from '../../domain/thrown.ts';
import type { ValidationIssue } from '../../orchestrator/ports/graph-host.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { MESSAGES, type MessagesReducer, reducedMessages, toList } from '../reconcile/message-list.ts';
import { isMessage } from '../state/to-json.ts';

/**
 * What the graph's `messages` channel would make a message with a field of the wrong shape of: [] for
 * nothing. LangChain takes nearly anything into a message, and what reads it then (the next run, a client)
 * finds an object where an id belongs. Checked is what comes from clients, before it is stored.
 *
 * Only of a channel that makes LangChain's messages of them: another reducer may have messages of its own
 * kind, or repair what came. Paths are within `values`.
 */
export function messageIssues(graph: CompiledGraph, values: Json | undefined): ValidationIssue[] {
  if (!isJsonObject(values) || !Object.hasOwn(values, MESSAGES)) return [];
  const channel = reducedMessages(graph);
  if (channel === null) return [];
  const { path, messages } = written(values[MESSAGES] ?? null);
  return toList(messages).flatMap((message, index) => {
    const issues = issuesOf(message);
    if (issues.length === 0 || !refusesOrKeeps(channel, message)) return [];
    const at = [MESSAGES, ...path, ...(Array.isArray(messages) ? [String(index)] : [])];
    return issues.map((issue) => ({ path: [...at, ...issue.path], message: issue.message }));
  });
}

/**
 * A channel takes `{ __overwrite__: list }` (or its typed form) for its whole value; the messages in it are
 * read by the reducer of the next write.
 */
function written(value: Json): { readonly path: readonly string[]; readonly messages: Json } {
  if (!isJsonObject(value)) return { path: [], messages: value };
  if ('__overwrite__' in value) return { path: ['__overwrite__'], messages: value['__overwrite__'] ?? null };
  if (value['type'] === '__overwrite__' && 'value' in value)
    return { path: ['value'], messages: value['value'] ?? null };
  return { path: [], messages: value };
}

/**
 * Whether the reducer throws at this message, or makes one of LangChain's of it that still has fields of the
 * wrong shape.
 */
function refusesOrKeeps(channel: MessagesReducer, message: Json): boolean {
  try {
    const trial = channel.fromCheckpoint([]);
    trial.update([[structuredClone(message)]]);
    const made = trial.get();
    return (
      Array.isArray(made) && made.some((one) => isMessage(one) && fieldIssues(one._getType(), one).length > 0)
    );
  } catch {
    return true;
  }
}

const id = z.union([z.string(), z.number()], 'must be a string').nullish();
const text = z.string('must be a string').nullish();
const jsonObject = z.custom<JsonObject>(isJsonObject, 'must be an object');
const object = jsonObject.nullish();
const block = z.union([z.string(), z.custom<JsonObject>(isJsonObject)]);
const content = z
  .union([z.string(), z.array(block)], 'must be a string or a list of content blocks (objects or strings)')
  .nullish();

const isJsonText = (given: string): boolean => {
  try {
    return JSON.parse(given) !== undefined;
  } catch {
    return false;
  }
};
const toolCall = z.union(
  [
    z.looseObject({ id, name: z.string(), args: object }),
    z.looseObject({
      id: z.string(),
      type: z.literal('function'),
      function: z.looseObject({
        name: z.string(),
        arguments: z.string().refine(isJsonText, 'must be JSON text'),
      }),
    }),
  ],
  'must be a tool call: { name, args, id }, or { type: "function", id, function: { name, arguments } }',
);
const invalidToolCall = z.looseObject(
  { id, name: text, args: text, error: text },
  'must be an object: { name, args, id, error }',
);

const base = { id, name: text, content, additional_kwargs: object, response_metadata: object };
const plain = z.looseObject(base);
const ai = z.looseObject({
  ...base,
  response_metadata: jsonObject.optional(), // the constructor reads it, and throws at null
  tool_calls: z.array(toolCall, 'must be a list of tool calls').nullish(),
  invalid_tool_calls: z.array(invalidToolCall, 'must be a list').nullish(),
  usage_metadata: object,
});
const tool = z.looseObject({
  ...base,
  tool_call_id: z.union([z.string(), z.number()], 'must be a string: the id of the answered tool call'),
  status: z.enum(['success', 'error'], 'must be "success" or "error"').nullish(),
});
const remove = z.looseObject({ id: z.string('must be a string: the id of the message to remove') });

/** By role or type: what LangChain makes messages of. */
const SCHEMAS: ReadonlyMap<unknown, z.ZodType> = new Map<unknown, z.ZodType>([
  ['user', plain],
  ['human', plain],
  ['assistant', ai],
  ['ai', ai],
  ['system', plain],
  ['developer', plain],
  ['tool', tool],
  ['remove', remove],
]);
const ROLES = [...SCHEMAS.keys()].join(', ');

/** Of LangChain's serialized form: `{ lc: 1, type: "constructor", id: […, "AIMessage"], kwargs }`. */
const TYPES: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  ['HumanMessage', 'human'],
  ['AIMessage', 'ai'],
  ['SystemMessage', 'system'],
  ['ToolMessage', 'tool'],
]);

/**
 * How one of the forms of a message is read. The paths of its fields within it are those of `fields` below
 * `above`, but for those that `renamed` has.
 */
type Form = {
  readonly role: unknown;
  /** Where the role stands. */
  readonly roleAt: readonly string[];
  readonly fields: object;
  readonly above: readonly string[];
  readonly renamed?: Readonly<Record<string, string>>;
};

/** Paths are within the message. */
function issuesOf(message: Json): readonly ValidationIssue[] {
  if (typeof message === 'string') return [];
  const form = formOf(message);
  if (form === null)
    return [
      {
        path: [],
        message: 'must be a message: a string, [role, content], or an object with role (or type) and content',
      },
    ];
  const { role, roleAt, fields, above, renamed = {} } = form;
  if (!SCHEMAS.has(role)) return [{ path: roleAt, message: `must be one of ${ROLES}` }];
  const issues = fieldIssues(role, fields);
  if (issues.length === 0) return coercionIssues(message);
  return issues.map(({ path: [field = '', ...rest], message: why }) => ({
    path: [...above, renamed[field] ?? field, ...rest],
    message: why,
  }));
}

function formOf(message: Json): Form | null {
  if (Array.isArray(message)) {
    const [role, content] = message as readonly Json[];
    return { role, roleAt: ['0'], fields: { content }, above: [], renamed: { content: '1' } };
  }
  if (!isJsonObject(message)) return null;
  const { lc, type, role, id: name, kwargs } = message;
  if (lc === 1 && type === 'constructor' && Array.isArray(name)) {
    const named = TYPES.get(String(name.at(-1)).replace(/Chunk$/, ''));
    return isJsonObject(kwargs) ? { role: named, roleAt: ['id'], fields: kwargs, above: ['kwargs'] } : null;
  }
  return typeof role === 'string'
    ? { role, roleAt: ['role'], fields: message, above: [] }
    : { role: type, roleAt: [type === undefined ? 'role' : 'type'], fields: message, above: [] };
}

function fieldIssues(role: unknown, fields: object): readonly ValidationIssue[] {
  const { error } = (SCHEMAS.get(role) ?? plain).safeParse(fields);
  return (error?.issues ?? []).map(({ path, message }) => ({ path: path.map(String), message }));
}

/** What else LangChain can't read: content in its own standard form, of which it makes tool calls. */
function coercionIssues(message: Json): readonly ValidationIssue[] {
  try {
    coerceMessageLikeToMessage(structuredClone(message) as Parameters<typeof coerceMessageLikeToMessage>[0]);
    return [];
  } catch (error) {
    const [why = ''] = describeThrown(error).message.split('\n');
    return [{ path: [], message: `is not a valid LangChain message: ${why.slice(0, MAX_REASON)}` }];
  }
}

const MAX_REASON = 200;
