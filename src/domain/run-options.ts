import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { withArticle } from './json-copy.ts';

/** What is wrong with one member of a config. */
export type OptionFault = { readonly path: readonly string[]; readonly message: string };

/** Keys of `configurable` that name a checkpoint. Requests have fields of their own for it. */
const CHECKPOINT_KEYS = ['checkpoint_id', 'checkpoint_ns', 'checkpoint_map'] as const;
const LANGGRAPH_PREFIX = '__pregel_';
const DURABILITIES: readonly Json[] = ['sync', 'async', 'exit'];

type Check = (value: Json) => string | null;
const wholeNumber: Check = (value) =>
  Number.isInteger(value) && Number(value) > 0 ? null : `must be a whole number greater than 0 (got ${shown(value)})`;
const object: Check = (value) => (isJsonObject(value) ? null : 'must be a JSON object');
const texts: Check = (value) =>
  Array.isArray(value) && value.every((item) => typeof item === 'string') ? null : 'must be a list of strings';

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
  return [...optionFaults(config), ...(isJsonObject(configurable) ? reservedKeyFaults(configurable, threadId) : [])];
}

function reservedKeyFaults(configurable: JsonObject, threadId: string | null): OptionFault[] {
  const fault = (key: string, message: string): OptionFault => ({ path: ['configurable', key], message });
  const internal = Object.keys(configurable).filter((key) => key.startsWith(LANGGRAPH_PREFIX));
  const faults = internal.map((key) =>
    fault(key.slice(0, 100), `is reserved: LangGraph sets the keys that begin with ${LANGGRAPH_PREFIX}`),
  );
  for (const key of CHECKPOINT_KEYS)
    if (configurable[key] != null && configurable[key] !== '')
      faults.push(fault(key, 'is reserved: name the checkpoint in the request, not in the configuration'));
  const { thread_id: named } = configurable;
  if (named != null && !(typeof named === 'string' && named.toLowerCase() === threadId))
    faults.push(fault('thread_id', "must be absent, or the run's own thread"));
  return faults;
}

const shown = (value: Json): string =>
  typeof value === 'number' ? String(value) : Array.isArray(value) ? 'a list' : withArticle(typeof value);
