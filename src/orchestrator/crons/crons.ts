import type { Cron, Durability, OnRunCompleted } from '../../domain/cron.ts';
import type { CronId, Owner } from '../../domain/ids.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { MultitaskStrategy, UnknownBreakpoints } from '../../domain/run.ts';
import type { Accepted, Deleted, Invalid, NotFound } from '../orchestrator.ts';
import type { CronFilter, CronSortField } from '../ports/crons.ts';
import type { Window } from '../ports/store.ts';

/** Runs that are started at the times of a schedule. Ids may be any text: what is no UUID is not found. */
export interface Crons {
  create(command: CreateCron): Promise<Accepted<Cron> | NotFound | Invalid>;
  update(command: UpdateCron): Promise<Accepted<Cron> | NotFound | Invalid>;
  /** Runs that it has started stay. */
  delete(command: { readonly owner: Owner; readonly id: string }): Promise<Deleted | NotFound>;
  find(owner: Owner, id: string): Promise<Cron | null>;
  search(search: SearchCrons): Promise<{ readonly crons: readonly Cron[]; readonly hasMore: boolean }>;
  /** Newest first; keys are ids. */
  page(query: FilterCrons & { readonly window: Window<CronId> }): Promise<readonly Cron[]>;
  count(filter: FilterCrons): Promise<number>;
}

/** An assistant may be named by its graph. */
export type FilterCrons = Omit<CronFilter, 'assistantId' | 'threadId'> & {
  readonly assistantId?: string | undefined;
  readonly threadId?: string | undefined;
};
export type SearchCrons = FilterCrons & {
  readonly sortBy: CronSortField;
  readonly direction: 'ASC' | 'DESC';
  readonly limit: number;
  readonly offset: number;
};

/** What both creating and changing may say. Absent: the default, or as it is. */
export type CronFields = {
  /** Null: UTC. */
  readonly timezone?: string | null | undefined;
  /** Null: it has no end. */
  readonly endTime?: Date | null | undefined;
  readonly enabled?: boolean | undefined;
  readonly input?: Json | undefined;
  readonly config?: Json | undefined;
  readonly context?: Json | undefined;
  /** Of an update: merged, shallow. */
  readonly metadata?: Json | undefined;
  /** Null: none. */
  readonly webhook?: string | null | undefined;
  readonly interruptBefore?: readonly string[] | undefined;
  readonly interruptAfter?: readonly string[] | undefined;
  /** For the breakpoints beside it, and for those that the cron has already. Absent: REFUSE. */
  readonly unknownBreakpoints?: UnknownBreakpoints | undefined;
  readonly recordEvents?: boolean | undefined;
  readonly durability?: Durability | undefined;
  /** Of an update: merged, shallow. */
  readonly request?: JsonObject | undefined;
  /** Only where there is a new thread each time; default: DELETE. */
  readonly onRunCompleted?: OnRunCompleted | undefined;
  /** Only where it runs on one thread; default: ENQUEUE. */
  readonly strategy?: MultitaskStrategy | undefined;
};
export type CreateCron = CronFields & {
  readonly owner: Owner;
  readonly assistantId: string;
  /** Absent: a new thread each time. */
  readonly threadId?: string | undefined;
  readonly schedule: string;
};
export type UpdateCron = CronFields & { readonly owner: Owner; readonly id: string; readonly schedule?: string | undefined };
