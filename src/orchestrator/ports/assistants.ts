import type { Assistant, AssistantVersion } from '../../domain/assistant.ts';
import type { AssistantId, Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Window } from './paging.ts';

/** Assistants within a transaction. An id is its owner's: another owner may have one with the same id. */
export interface AssistantTx {
  /**
   * Locks the assistant's row until the end of the transaction; null if there is none. Lock it before its
   * versions.
   */
  lock(owner: Owner, id: AssistantId): Promise<Assistant | null>;
  /**
   * With what it is as its version `assistant.version`. False, storing nothing, when its owner has one with
   * this id.
   */
  insert(assistant: Assistant): Promise<boolean>;
  /** Replaces the row by `assistant`; versions stay. */
  update(assistant: Assistant): Promise<void>;
  /** Adds a version, or replaces the one with its number. */
  putVersion(owner: Owner, version: AssistantVersion): Promise<void>;
  version(owner: Owner, id: AssistantId, version: number): Promise<AssistantVersion | null>;
  /** Removes it with its versions. */
  delete(owner: Owner, id: AssistantId): Promise<void>;
}

/** Which assistants a search is about; what isn't given doesn't matter. */
export type AssistantFilter = {
  readonly owner: Owner;
  /** Default assistants with other ids are left out: their graphs are not served now. */
  readonly defaults: readonly AssistantId[];
  readonly graphId?: string | undefined;
  /** Part of the name, without regard to case. */
  readonly name?: string | undefined;
  /** Containment, as ThreadQuery's. */
  readonly metadata?: JsonObject | undefined;
};
export type AssistantSortField = 'ASSISTANT_ID' | 'GRAPH_ID' | 'NAME' | 'CREATED_AT' | 'UPDATED_AT';
/** A page by its offset; ties are broken by id. */
export type AssistantSearch = AssistantFilter & {
  readonly sortBy: AssistantSortField;
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
};
export type AssistantOrder = {
  readonly field: 'CREATED_AT' | 'UPDATED_AT' | 'NAME';
  readonly direction: 'ASC' | 'DESC';
};
/** `value`: the ordered time in ms, or the name; ties are broken by id. */
export type AssistantKey = { readonly value: number | string; readonly id: string };
export type AssistantQuery = AssistantFilter & {
  readonly order: AssistantOrder;
  readonly window: Window<AssistantKey>;
};
/** The newest first; keys are versions. */
export type AssistantVersionQuery = {
  readonly owner: Owner;
  readonly id: AssistantId;
  readonly metadata?: JsonObject | undefined;
  readonly window: Window<number>;
};

export interface AssistantReads {
  find(owner: Owner, id: AssistantId): Promise<Assistant | null>;
  search(search: AssistantSearch): Promise<Assistant[]>;
  page(query: AssistantQuery): Promise<Assistant[]>;
  count(filter: AssistantFilter): Promise<number>;
  versions(query: AssistantVersionQuery): Promise<AssistantVersion[]>;
  countVersions(owner: Owner, id: AssistantId, metadata?: JsonObject): Promise<number>;
  /** The assistant's runs, by id, after the one named; at most `limit`. */
  runs(
    owner: Owner,
    id: AssistantId,
    after: RunId | null,
    limit: number,
  ): Promise<{ readonly id: RunId; readonly threadId: ThreadId }[]>;
  /**
   * Threads whose metadata names the assistant (`assistant_id`), and those on which no other has run; by id,
   * at most `limit`.
   */
  threads(owner: Owner, id: AssistantId, limit: number): Promise<ThreadId[]>;
}
