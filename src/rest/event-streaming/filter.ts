import type { Channel, Event, Namespace } from '@langchain/protocol';
import type { StreamMode } from '../../orchestrator/orchestrator.ts';

/** What one subscription is to get. */
export type EventFilter = {
  readonly channels: readonly Channel[];
  /** Only events at or below one of these; undefined: all. */
  readonly namespaces?: readonly Namespace[] | undefined;
  /** With namespaces (or from the root): at most so many segments below. */
  readonly depth?: number | undefined;
};

/** Which rows of the log each channel is made of. MESSAGES is where the log says that the whole state has become another one. */
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
export const recalledModesOf = (filter: EventFilter): readonly StreamMode[] => modesOf(filter).filter((mode) => OPENS.has(mode));
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
      return event.params.data.name === undefined ? ['custom'] : ['custom', `custom:${event.params.data.name}`];
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
