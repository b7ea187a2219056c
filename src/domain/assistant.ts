import type { AssistantId, Owner } from './ids.ts';
import type { JsonObject } from './json.ts';

/** What of an assistant a version keeps. */
export type AssistantContent = {
  readonly graphId: string;
  readonly name: string;
  readonly description: string | null;
  /** LangGraph's config, { configurable, tags, recursion_limit, … }; {} where nothing is set. */
  readonly config: JsonObject;
  /** The graph's runtime context; equal to config.configurable (protocol.md §1.1). */
  readonly context: JsonObject;
  readonly metadata: JsonObject;
};

/** A graph with the configuration to run it, as its selected version has it. */
export type Assistant = AssistantContent & {
  readonly id: AssistantId;
  readonly owner: Owner;
  /** The selected version; the first is 1. */
  readonly version: number;
  /** The highest version there is; the next change gets one more. */
  readonly newestVersion: number;
  /** Of a graph, made by the server: it is there as long as the graph is. */
  readonly isDefault: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
};

export type AssistantVersion = AssistantContent & {
  readonly assistantId: AssistantId;
  readonly version: number;
  readonly createdAt: Date;
};

export const contentOf = ({
  graphId,
  name,
  description,
  config,
  context,
  metadata,
}: AssistantContent): AssistantContent => ({
  graphId,
  name,
  description,
  config,
  context,
  metadata,
});
