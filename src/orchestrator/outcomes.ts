import type { Run } from '../domain/run.ts';
import type { ValidationIssue } from './ports/graph-host.ts';

export type NotFoundKind = 'Thread' | 'Run' | 'Assistant' | 'AssistantVersion' | 'Graph' | 'Checkpoint' | 'WebhookDelivery' | 'Cron';

export type Found<T> = { readonly kind: 'ok'; readonly value: T };

/** `ignored`: parts of the request that count as not given, and why; absent: none. */
export type Accepted<T> = Found<T> & { readonly ignored?: readonly ValidationIssue[] };

export type NotFound = { readonly kind: 'notFound'; readonly what: NotFoundKind; readonly id: string };

export type Invalid = { readonly kind: 'invalid'; readonly issues: readonly ValidationIssue[] };

export type Busy = { readonly kind: 'busy'; readonly blockingRun: Run };

export type Active = { readonly kind: 'active'; readonly run: Run };

export type Deleted = { readonly kind: 'deleted'; readonly id: string };
