import type { AssistantContent } from './assistant.ts';
import { isJsonObject, type Json, type JsonObject } from './json.ts';
import { isReservedKey } from './reserved-keys.ts';

/** With what a graph is called. */
export type RunSettings = { readonly config: JsonObject; readonly context: Json; readonly metadata: JsonObject };

export type SettingsSources = {
  readonly assistant: Pick<AssistantContent, 'config' | 'context' | 'metadata'>;
  readonly threadMetadata: JsonObject;
  /** As the caller gave them; context null: none. */
  readonly run: RunSettings;
  /** Headers of the request, which nobody overrides. */
  readonly headers: JsonObject;
};

/**
 * What a run is executed with: its own settings over those of its assistant, key by key (protocol.md §7.1). Where the caller gives only one of
 * configurable and context, it counts as both, as it does on an assistant.
 */
export function mergeSettings({ assistant, threadMetadata, run, headers }: SettingsSources): RunSettings {
  const given = ownMembers(objectAt(run.config, 'configurable'));
  const isGiven = Object.keys(given).length > 0;
  const asConfigurable = isGiven || !isJsonObject(run.context) ? objectAt(run.config, 'configurable') : run.context;
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

/** An assistant's config and context with the same configurable in both: what isn't given is taken from the other. */
export function synchronized(config: JsonObject, context: JsonObject | undefined): Pick<AssistantContent, 'config' | 'context'> {
  const values = context ?? objectAt(config, 'configurable');
  return {
    config: Object.keys(values).length === 0 && !('configurable' in config) ? config : { ...config, configurable: values },
    context: values,
  };
}

const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = object[key];
  return isJsonObject(value) ? value : {};
};

const ownMembers = (object: JsonObject): JsonObject => Object.fromEntries(Object.entries(object).filter(([key]) => !isReservedKey(key)));
