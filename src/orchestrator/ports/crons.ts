import type { Cron } from '../../domain/cron.ts';
import type { AssistantId, CronId, Owner, RunId, ThreadId } from '../../domain/ids.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { Window } from './paging.ts';

/** What became of one occurrence, and when the next one is. */
export type OccurrenceEnd = {
  readonly nextAt: Date | null;
  readonly runId: RunId | null;
  readonly error: string | null;
};

/** Crons, in the transaction that changes them or starts their runs. Lock a thread before its crons. */
export interface CronTx {
  insert(cron: Cron): Promise<void>;
  /** Locks the cron's row until the end of the transaction; null if that owner has none. */
  lock(owner: Owner, id: CronId): Promise<Cron | null>;
  /** Replaces the row. */
  update(cron: Cron): Promise<void>;
  /** False: there was none. */
  delete(owner: Owner, id: CronId): Promise<boolean>;
  deleteOfAssistant(owner: Owner, id: AssistantId): Promise<void>;
  /**
   * Writes what became of the claimed occurrence. False, changing nothing: the claim is no longer current, or
   * the cron is gone.
   */
  finish(claimed: Cron, end: OccurrenceEnd): Promise<boolean>;
}

/** Which crons a search is about; what isn't given doesn't matter. */
export type CronFilter = {
  readonly owner: Owner;
  readonly assistantId?: AssistantId | undefined;
  readonly threadId?: ThreadId | undefined;
  readonly enabled?: boolean | undefined;
  /** Containment, as ThreadQuery's. */
  readonly metadata?: JsonObject | undefined;
};
export type CronSortField =
  | 'CRON_ID'
  | 'ASSISTANT_ID'
  | 'THREAD_ID'
  | 'NEXT_RUN_DATE'
  | 'END_TIME'
  | 'CREATED_AT'
  | 'UPDATED_AT';
/** A page by its offset; ties are broken by id, what has no such value comes last. */
export type CronSearch = CronFilter & {
  readonly sortBy: CronSortField;
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
};
/** Newest first; keys are ids. */
export type CronQuery = CronFilter & { readonly window: Window<CronId> };

/** Crons outside of such a transaction. */
export interface CronStore {
  /**
   * Claims crons that are due, the longest due first, each for `claimMs`; of many processes each is one's at
   * a time.
   */
  claimDue(limit: number, claimMs: number): Promise<Cron[]>;
  /** When the next one is due, in ms from now, not below 0; null: none is. */
  dueInMs(): Promise<number | null>;
  find(owner: Owner, id: CronId): Promise<Cron | null>;
  search(search: CronSearch): Promise<Cron[]>;
  page(query: CronQuery): Promise<Cron[]>;
  count(filter: CronFilter): Promise<number>;
}
