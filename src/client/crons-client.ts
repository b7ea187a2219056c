import * as operations from './generated/graphql.ts';
import { type HttpOptions, type Patience, send } from './http.ts';
import type { Page } from './types.ts';
import { readable } from './types.ts';

export type Cron = operations.CronFragment;
export type NewCron = operations.CreateCronMutationVariables;
export type CronChange = Omit<operations.UpdateCronMutationVariables, 'id'>;
export type CronsFilter = operations.CronsQueryVariables;
export type CronCountFilter = operations.CountCronsQueryVariables;
export type CreateCronResult = operations.CreateCronMutation['createCron'];
export type UpdateCronResult = operations.UpdateCronMutation['updateCron'];
export type DeleteCronResult = operations.DeleteCronMutation['deleteCron'];

/** Runs started on a schedule. */
export interface CronsClient {
  /**
   * With a threadId all runs use that thread, without one each has a new thread. Not retried automatically.
   */
  create(cron: NewCron): Promise<CreateCronResult>;
  /** Undefined members leave values unchanged. Null clears timezone, endTime and webhook. */
  update(id: string, change: CronChange): Promise<UpdateCronResult>;
  delete(id: string): Promise<DeleteCronResult>;
  /** Null: not found. */
  get(id: string): Promise<Cron | null>;
  /** Newest first. */
  search(filter?: CronsFilter): Promise<Page<Cron>>;
  count(filter?: CronCountFilter): Promise<number>;
}

/** Request options: for requests that may be retried, and for others. */
type Sending = { readonly http: HttpOptions; readonly once: Patience; readonly repeatable: Patience };

export function cronsClient({ http, once, repeatable }: Sending): CronsClient {
  return {
    create: async (cron) => (await send(http, operations.CreateCronDocument, cron, once)).createCron,
    update: async (id, change) =>
      (await send(http, operations.UpdateCronDocument, { ...change, id }, repeatable)).updateCron,
    delete: async (id) => (await send(http, operations.DeleteCronDocument, { id }, once)).deleteCron,
    get: async (id) => (await send(http, operations.CronDocument, { id }, repeatable)).cron,
    search: async (filter = {}) =>
      readable((await send(http, operations.CronsDocument, filter, repeatable)).crons),
    count: async (filter = {}) =>
      (await send(http, operations.CountCronsDocument, filter, repeatable)).countCrons,
  };
}
