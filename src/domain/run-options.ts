import type { AssistantContent } from './assistant.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { withArticle } from './json-copy.ts';

/**
 * How a run is executed, as its caller chose: the same in the request, the stored run or cron, and the
 * execution.
 */
export type RunOptions = {
  /** Node names, or '*' for all of them; null: as compiled. */
  readonly interruptBefore: readonly string[] | null;
  readonly interruptAfter: readonly string[] | null;
  /** Record LangChain's callback events (StreamMode EVENTS) too. */
  readonly recordEvents: boolean;
};

/** As requests name them, and as crons have stored them: absent and null mean the same. */
export type RequestedRunOptions = { readonly [K in keyof RunOptions]?: RunOptions[K] | null | undefined };

export const DEFAULT_RUN_OPTIONS: RunOptions = {
  interruptBefore: null,
  interruptAfter: null,
  recordEvents: false,
};

/** The run options among the members of `requested`; those that it does not name are `otherwise`'s. */
export const runOptions = (
  requested: RequestedRunOptions,
  otherwise: RunOptions = DEFAULT_RUN_OPTIONS,
): RunOptions => ({
  interruptBefore: requested.interruptBefore ?? otherwise.interruptBefore,
  interruptAfter: requested.interruptAfter ?? otherwise.interruptAfter,
  recordEvents: requested.recordEvents ?? otherwise.recordEvents,
});

/** Whether the request names breakpoints; an empty list is one that it names. */
export const namesBreakpoints = ({ interruptBefore, interruptAfter }: RequestedRunOptions): boolean =>
  interruptBefore != null || interruptAfter != null;

/** What callers may not set: they'd point the run at another thread, run or checkpoint. */
const OWN_KEYS: ReadonlySet<string> = new Set([
  'thread_id',
  'run_id',
  'graph_id',
  'assistant_id',
  'checkpoint_id',
  'checkpoint_ns',
  'checkpoint_map',
]);

/**
 * Not the caller's to set, and nothing that leaves through the API: ids and LangGraph's or the server's own
 * keys.
 */
export const isReservedKey = (key: string): boolean => OWN_KEYS.has(key) || isHiddenKey(key);

/** Keys of LangGraph's and authentication's own, which never leave through the API. */
export const isHiddenKey = (key: string): boolean =>
  key.startsWith('__') || key.startsWith('langgraph_auth_') || key === 'langgraph_request_id';

/** What is wrong with one member of a config. */
export type OptionFault = { readonly path: readonly string[]; readonly message: string };

/** Keys of `configurable` that name a checkpoint. Requests have fields of their own for it. */
const CHECKPOINT_KEYS = ['checkpoint_id', 'checkpoint_ns', 'checkpoint_map'] as const;
const LANGGRAPH_PREFIX = '__pregel_';
const DURABILITIES: readonly Json[] = ['sync', 'async', 'exit'];

type Check = (value: Json) => string | null;
const wholeNumber: Check = (value) =>
  Number.isInteger(value) && Number(value) > 0
    ? null
    : `must be a whole number greater than 0 (got ${shown(value)})`;
const object: Check = (value) => (isJsonObject(value) ? null : 'must be a JSON object');
const texts: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string')
    ? null
    : 'must be a list of strings';

const CHECKS: Readonly<Record<string, Check>> = {
  // LangGraph never starts a node with 0 or fewer at once, and never returns either.
  max_concurrency: wholeNumber,
  recursion_limit: wholeNumber,
  configurable: object,
  metadata: object,
  tags: texts,
  run_name: (value) => (typeof value === 'string' ? null : 'must be a string'),
  durability: (value) => (DURABILITIES.includes(value) ? null : `must be one of ${DURABILITIES.join(', ')}`),
};

/** Options that would hang or break a run; [] for none. Null members count as absent. */
export function optionFaults(config: JsonObject): OptionFault[] {
  return Object.entries(CHECKS).flatMap(([name, check]) => {
    const value = Object.hasOwn(config, name) ? config[name] : null;
    const message = value === null || value === undefined ? null : check(value);
    return message === null ? [] : [{ path: [name], message }];
  });
}

/**
 * The same, and keys of `configurable` that only LangGraph sets or that point the run elsewhere.
 *
 * @param threadId the run's thread; null: the config is for many threads, or for one that is yet to be made
 */
export function configFaults(config: JsonObject, threadId: string | null): OptionFault[] {
  const { configurable } = config;
  return [
    ...optionFaults(config),
    ...(isJsonObject(configurable) ? reservedKeyFaults(configurable, threadId) : []),
  ];
}

function reservedKeyFaults(configurable: JsonObject, threadId: string | null): OptionFault[] {
  const fault = (key: string, message: string): OptionFault => ({ path: ['configurable', key], message });
  const internal = Object.keys(configurable).filter((key) => key.startsWith(LANGGRAPH_PREFIX));
  const faults = internal.map((key) =>
    fault(key.slice(0, 100), `is reserved for LangGraph, like all keys that begin with ${LANGGRAPH_PREFIX}`),
  );
  for (const key of CHECKPOINT_KEYS)
    if (configurable[key] != null && configurable[key] !== '')
      faults.push(fault(key, 'is reserved: pass the checkpoint as a field of the request'));
  const { thread_id: named } = configurable;
  if (named != null && !(typeof named === 'string' && named.toLowerCase() === threadId))
    faults.push(fault('thread_id', "must be omitted or equal to the run's thread"));
  return faults;
}

const shown = (value: Json): string =>
  typeof value === 'number' ? String(value) : Array.isArray(value) ? 'a list' : withArticle(typeof value);

/** With what a graph is called. */
export type RunSettings = {
  readonly config: JsonObject;
  readonly context: Json;
  readonly metadata: JsonObject;
};

export type SettingsSources = {
  readonly assistant: Pick<AssistantContent, 'config' | 'context' | 'metadata'>;
  readonly threadMetadata: JsonObject;
  /** As the caller gave them; context null: none. */
  readonly run: RunSettings;
  /** Headers of the request; nothing overrides them. */
  readonly headers: JsonObject;
};

/**
 * What a run is executed with: its own settings over those of its assistant, key by key (protocol.md §7.1).
 * Where the caller gives only one of configurable and context, it counts as both, as it does on an assistant.
 */
export function mergeSettings({ assistant, threadMetadata, run, headers }: SettingsSources): RunSettings {
  const given = ownMembers(objectAt(run.config, 'configurable'));
  const isGiven = Object.keys(given).length > 0;
  const asConfigurable =
    isGiven || !isJsonObject(run.context) ? objectAt(run.config, 'configurable') : run.context;
  const configurable = { ...objectAt(assistant.config, 'configurable'), ...asConfigurable, ...headers };
  return {
    config: {
      ...assistant.config,
      ...run.config,
      ...(Object.keys(configurable).length === 0 ? {} : { configurable }),
    },
    context: mergeContext(assistant.context, run.context ?? (isGiven ? given : null)),
    metadata: { ...assistant.metadata, ...withoutBinding(threadMetadata), ...run.metadata },
  };
}

/** What an earlier run bound the thread to says nothing of this one. */
const withoutBinding = ({ graph_id, assistant_id, ...metadata }: JsonObject): JsonObject => metadata;

/** What isn't an object replaces; null where neither says anything. */
function mergeContext(assistant: JsonObject, run: Json): Json {
  if (run !== null && !isJsonObject(run)) return run;
  if (run === null && Object.keys(assistant).length === 0) return null;
  return { ...assistant, ...run };
}

/**
 * An assistant's config and context with the same configurable in both: what isn't given is taken from the
 * other.
 */
export function synchronized(
  config: JsonObject,
  context: JsonObject | undefined,
): Pick<AssistantContent, 'config' | 'context'> {
  const values = context ?? objectAt(config, 'configurable');
  return {
    config:
      Object.keys(values).length === 0 && !('configurable' in config)
        ? config
        : { ...config, configurable: values },
    context: values,
  };
}

const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = object[key];
  return isJsonObject(value) ? value : {};
};

const ownMembers = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !isReservedKey(key)));
