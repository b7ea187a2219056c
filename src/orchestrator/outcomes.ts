import type { Run } from '../domain/run.ts';
import { unreachable } from '../domain/unreachable.ts';
import type { ValidationIssue } from './ports/graph-host.ts';

export type NotFoundKind =
  | 'Thread'
  | 'Run'
  | 'Assistant'
  | 'AssistantVersion'
  | 'Graph'
  | 'Checkpoint'
  | 'WebhookDelivery'
  | 'Cron';

export type Found<T> = { readonly kind: 'ok'; readonly value: T };

/** `ignored`: parts of the request that count as not given, and why; absent: none. */
export type Accepted<T> = Found<T> & { readonly ignored?: readonly ValidationIssue[] };

export type NotFound = { readonly kind: 'notFound'; readonly what: NotFoundKind; readonly id: string };

export type Invalid = { readonly kind: 'invalid'; readonly issues: readonly ValidationIssue[] };

export type Busy = { readonly kind: 'busy'; readonly blockingRun: Run };

export type Active = { readonly kind: 'active'; readonly run: Run };

export type Exists = { readonly kind: 'exists'; readonly what: 'Thread' | 'Assistant'; readonly id: string };

export type IdempotencyConflict = { readonly kind: 'idempotencyConflict'; readonly idempotencyKey: string };

/** Every reason for which a use case refuses a request. Nothing has changed then. */
export type Refusal = NotFound | Invalid | Busy | Active | Exists | IdempotencyConflict;

/** NOTHING_TO_RESUME: a resume for which the thread's state has no interrupt, a conflict with that state. */
export type RefusalCode =
  | 'NOT_FOUND'
  | 'INVALID'
  | 'NOTHING_TO_RESUME'
  | 'THREAD_BUSY'
  | 'RUN_ACTIVE'
  | 'ALREADY_EXISTS'
  | 'IDEMPOTENCY_CONFLICT';

export type Described = { readonly code: RefusalCode; readonly message: string };

/**
 * A refusal in the words of every transport; each adds its own type or status. Clients of the LangGraph
 * protocol match some of the phrases.
 */
export function describeRefusal(refusal: Refusal): Described {
  switch (refusal.kind) {
    case 'notFound':
      return { code: 'NOT_FOUND', message: describeNotFound(refusal) };
    case 'invalid':
      return {
        code: isAboutResume(refusal) ? 'NOTHING_TO_RESUME' : 'INVALID',
        message: describeIssues(refusal.issues),
      };
    case 'busy':
      return {
        code: 'THREAD_BUSY',
        message: `Thread is busy: run ${refusal.blockingRun.id} has not ended. Wait for it or choose another multitask strategy (enqueue, interrupt, rollback).`,
      };
    case 'active':
      return { code: 'RUN_ACTIVE', message: `Run ${refusal.run.id} has not ended. Cancel it first.` };
    case 'exists':
      return { code: 'ALREADY_EXISTS', message: `${refusal.what} already exists` };
    case 'idempotencyConflict':
      return {
        code: 'IDEMPOTENCY_CONFLICT',
        message: `The idempotency key "${refusal.idempotencyKey}" was used for a different request.`,
      };
    default:
      return unreachable(refusal);
  }
}

function describeNotFound({ what, id }: Pick<NotFound, 'what' | 'id'>): string {
  switch (what) {
    case 'Thread':
      return `Thread with ID ${id} not found`;
    case 'Run':
      return 'Run not found';
    case 'Assistant':
      return `No assistant found for "${id}". Make sure the assistant ID is for a valid assistant or a valid graph ID.`;
    case 'AssistantVersion':
      return `Assistant version ${id} not found`;
    case 'Graph':
      return `Graph "${id}" not found in langgraph.json.`;
    case 'Checkpoint':
      return `Checkpoint ${id} not found`;
    case 'Cron':
      return `Cron with ID ${id} not found`;
    case 'WebhookDelivery':
      return `Webhook delivery ${id} not found`;
    default:
      return unreachable(what);
  }
}

/** Each place and its reason. */
export const describeIssues = (issues: readonly Issue[]): string => issues.map(describeIssue).join('; ');

const describeIssue = ({ path, message }: Issue): string =>
  path.length === 0 ? message : `${path.map(String).join('.')}: ${message}`;

/** As use cases have them, and zod. */
type Issue = { readonly path: readonly PropertyKey[]; readonly message: string };

const isAboutResume = ({ issues }: Invalid): boolean =>
  issues.length > 0 && issues.every(({ path }) => path[0] === 'command' && path[1] === 'resume');

export type Deleted = { readonly kind: 'deleted'; readonly id: string };
