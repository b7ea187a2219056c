import { v4, v5, v7, validate } from 'uuid';

/** A UUID that names a thread. */
export type ThreadId = string & { readonly __brand: 'ThreadId' };
/** A UUID that names a run; runs minted here are UUIDv7, so they sort by creation. */
export type RunId = string & { readonly __brand: 'RunId' };
/** A UUID that names an assistant. */
export type AssistantId = string & { readonly __brand: 'AssistantId' };
/** A UUIDv7 that names one webhook delivery. */
export type DeliveryId = string & { readonly __brand: 'DeliveryId' };
/** A UUIDv7 that names a cron. */
export type CronId = string & { readonly __brand: 'CronId' };
/** The owner of a row. One constant owner until authentication lands. */
export type Owner = string & { readonly __brand: 'Owner' };

export const DEFAULT_OWNER = 'default' as Owner;

export const newThreadId = (): ThreadId => v7() as ThreadId;
/** Random, as the protocol has it. */
export const newAssistantId = (): AssistantId => v4() as AssistantId;
export const newRunId = (): RunId => v7() as RunId;
export const newDeliveryId = (): DeliveryId => v7() as DeliveryId;
export const newCronId = (): CronId => v7() as CronId;

/** The id that a caller wrote, in the one spelling that is stored (lower case); null unless it is a UUID. */
export const parseThreadId = (text: string): ThreadId | null =>
  validate(text) ? (text.toLowerCase() as ThreadId) : null;
/** The same for a run's id. */
export const parseRunId = (text: string): RunId | null =>
  validate(text) ? (text.toLowerCase() as RunId) : null;
/** The same for a delivery's id. */
export const parseDeliveryId = (text: string): DeliveryId | null =>
  validate(text) ? (text.toLowerCase() as DeliveryId) : null;

/** The same for an assistant's id. */
export const parseAssistantId = (text: string): AssistantId | null =>
  validate(text) ? (text.toLowerCase() as AssistantId) : null;
/** The same for a cron's id. */
export const parseCronId = (text: string): CronId | null =>
  validate(text) ? (text.toLowerCase() as CronId) : null;

/**
 * The namespace under which the LangGraph protocol derives default assistants' ids (protocol.md §8.3; not RFC
 * 9562's URL namespace).
 */
const ASSISTANT_NAMESPACE = '6ba7b821-9dad-11d1-80b4-00c04fd430c8';

/**
 * The id of a graph's default assistant, the same one that every LangGraph server derives from the graph's
 * name.
 */
export const defaultAssistantId = (graphId: string): AssistantId =>
  v5(graphId, ASSISTANT_NAMESPACE) as AssistantId;
