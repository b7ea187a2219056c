import type { Channel, Event, EventData, Namespace } from '@langchain/protocol';
import { z } from 'zod';
import type { FollowedEvent, StreamMode } from '../../orchestrator/ports/subscriptions.ts';
import { absent, text } from '../schema.ts';

/**
 * Places in a thread's stream of protocol events. A row of the log gives any number of events, so an event's
 * `seq` is its row's seq and its part of it: it grows along the thread, is the same at every replay, and a
 * reader can come back in the middle of a row.
 */
const PARTS_OF_A_ROW = 2 ** 20;

/** Safe integers last for 8 billion rows. */
export const seqOf = (row: number, part: number): number => row * PARTS_OF_A_ROW + part;

/** The row that `seq` is of. */
export const rowOf = (seq: number): number => Math.floor(seq / PARTS_OF_A_ROW);

/** The last place that any event of the row may have. */
export const endOfRow = (row: number): number => seqOf(row + 1, 0) - 1;

/**
 * An event's id, for `Last-Event-ID`; it ends with the seq. Clients distinguish the lifecycle events of root
 * runs by the run in their ids.
 */
export const eventId = (seq: number, runId: string | null): string =>
  runId === null ? String(seq) : `synth:${runId}:${seq}`;

/** The seq of an event's id, or of a plain number; undefined for any other text. */
export function seqOfEventId(id: string): number | undefined {
  const digits = /^(?:synth:[^:]*:)?(\d{1,16})$/.exec(id)?.[1];
  const seq = Number(digits);
  return digits !== undefined && Number.isSafeInteger(seq) ? seq : undefined;
}

/** An event of the protocol as this server sends it: always with its place. */
export type ThreadEvent = Event & { readonly event_id: string; readonly seq: number };

/** What a row says on one channel. */
export type Said<M extends EventData['method'] = EventData['method']> = Extract<EventData, { method: M }>;

/** Gathers the events of one row, each at its part of the row. */
export class Row {
  readonly events: ThreadEvent[] = [];
  readonly #row: FollowedEvent;

  constructor(row: FollowedEvent) {
    this.#row = row;
  }

  get timestamp(): number {
    return this.#row.createdAt.getTime();
  }

  /** @param runId of the run whose lifecycle at the root this is; else null */
  add(part: number, said: EventData, runId: string | null = null): void {
    const seq = seqOf(this.#row.seq, part);
    this.events.push({ type: 'event', event_id: eventId(seq, runId), seq, ...said });
  }
}

export const namespaceOf = (ns: string): Namespace => (ns === '' ? [] : ns.split('|'));

/** What one subscription is to get. */
export type EventFilter = {
  readonly channels: readonly Channel[];
  /** Only events at or below one of these; undefined: all. */
  readonly namespaces?: readonly Namespace[] | undefined;
  /** With namespaces (or from the root): at most so many segments below. */
  readonly depth?: number | undefined;
};

/**
 * Which rows of the log each channel is made of. MESSAGES is where the log says that the whole state has
 * become another one.
 */
const MODES: Readonly<Record<Exclude<Channel, `custom:${string}`>, readonly StreamMode[]>> = {
  values: ['CHECKPOINTS', 'MESSAGES'],
  checkpoints: ['CHECKPOINTS', 'MESSAGES'],
  updates: ['UPDATES'],
  messages: ['MESSAGES', 'MESSAGE_CHUNKS'],
  tools: ['TASKS'],
  lifecycle: ['TASKS'],
  input: ['TASKS'],
  tasks: ['TASKS'],
  custom: ['CUSTOM', 'EXTENSIONS'],
};

export const modesOf = ({ channels }: EventFilter): readonly StreamMode[] => [
  ...new Set(channels.flatMap((channel) => MODES[isNamed(channel) ? 'custom' : channel])),
];

/** Those of them whose rows from before a reader's place say what is open at it. */
export const recalledModesOf = (filter: EventFilter): readonly StreamMode[] =>
  modesOf(filter).filter((mode) => OPENS.has(mode));
const OPENS: ReadonlySet<StreamMode> = new Set(['MESSAGES', 'MESSAGE_CHUNKS', 'TASKS']);

export function isWanted(event: Event, { channels, namespaces, depth }: EventFilter): boolean {
  const [channel, named] = channelsOf(event);
  if (!channels.includes(channel) && !(named !== undefined && channels.includes(named))) return false;
  const at = event.params.namespace;
  return (namespaces === undefined || namespaces.length === 0 ? [[]] : namespaces).some(
    (prefix) => isBelow(at, prefix) && (depth === undefined || at.length - prefix.length <= depth),
  );
}

const isNamed = (channel: Channel): channel is `custom:${string}` => channel.startsWith('custom:');

/** The event's channel, and the narrower one that it has too. */
function channelsOf(event: Event): readonly [Channel, Channel?] {
  switch (event.method) {
    case 'input.requested':
    case 'input.answered':
      return ['input'];
    case 'custom':
      return event.params.data.name === undefined
        ? ['custom']
        : ['custom', `custom:${event.params.data.name}`];
    default:
      return [event.method];
  }
}

/** A segment without a task's id stands for every task of that node. */
const isBelow = (namespace: Namespace, prefix: Namespace): boolean =>
  prefix.length <= namespace.length &&
  prefix.every((segment, index) => {
    const actual = namespace[index] ?? '';
    return actual === segment || (!segment.includes(':') && actual.split(':', 1)[0] === segment);
  });

const CHANNELS = [
  'values',
  'updates',
  'messages',
  'tools',
  'lifecycle',
  'input',
  'checkpoints',
  'tasks',
  'custom',
] as const;

const channel = z.custom<Channel>(
  (value) =>
    CHANNELS.some((one) => one === value) || (typeof value === 'string' && /^custom:.+$/.test(value)),
  `must be one of ${CHANNELS.join(', ')}, custom:<name>`,
);

/** Which events a stream or a subscription is to get. */
export const eventsRequest = z
  .object({
    channels: z.array(channel, 'must be a list of channels').min(1, 'must contain at least one channel'),
    namespaces: absent(z.array(z.array(text()))),
    depth: absent(z.int().min(0)),
    since: absent(z.int().min(0)),
  })
  .meta({
    id: 'ProtocolEventStreamRequest',
    description: 'Channels, namespaces by prefix, depth below them, and the seq to continue after.',
  });
