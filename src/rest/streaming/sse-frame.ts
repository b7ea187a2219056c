import type { Json } from '../../domain/json.ts';

/** One server-sent event. */
export type SseFrame = {
  /** Opaque to clients, who give it back as Last-Event-ID. */
  readonly id: string;
  /** Not empty. */
  readonly event: string;
  readonly data: Json;
};

/**
 * Keeps an idle stream alive. One line feed only: behind a blank line one of the clients takes the comment for an event as soon as it has seen
 * an id (protocol.md §3.1).
 */
export const HEARTBEAT = ': heartbeat\n';

/**
 * Formats one event with the blank line behind it. The data are one line of JSON: the clients join several `data:` lines without what was
 * between them. Characters that would end a line or the id are taken out of id and name.
 *
 * Source: WHATWG HTML, "Server-sent events"; protocol.md §3.1.
 */
export const formatFrame = ({ id, event, data }: SseFrame): string =>
  `id: ${oneLine(id)}\nevent: ${oneLine(event)}\ndata: ${JSON.stringify(data)}\n\n`;

const oneLine = (text: string): string => text.replaceAll(/[\r\n\0]/g, '');
