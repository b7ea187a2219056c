import type { EventBody } from '../../domain/event.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { FollowedBody, FollowedEvent, StreamMode } from '../../orchestrator/ports/subscriptions.ts';
import type { RestStreamMode } from '../runs/run-schema.ts';
import { failureOf } from '../runs/wait-response.ts';
import {
  checkpointData,
  debugCheckpointData,
  debugTaskData,
  endEvent,
  LifecycleEvents,
  toolData,
} from './lifecycle-events.ts';
import { MessageEvents } from './message-events.ts';
import type { StreamEvent, StreamView } from './requested-stream.ts';

type Made = Pick<StreamEvent, 'event' | 'data'>;

/**
 * The place of each event among those that are made of one row, in their order. It is the same whatever a
 * stream shows, so that an id of one stream is good for another one of the same run.
 */
const PARTS: Readonly<Record<string, number>> = {
  metadata: 0,
  values: 1,
  updates: 1,
  custom: 1,
  tasks: 1,
  checkpoints: 1,
  events: 1,
  tools: 2,
  'messages/metadata': 3,
  'messages/partial': 4,
  messages: 5,
  'messages/complete': 6,
  debug: 7,
  // As many as the run has subgraphs.
  lifecycle: 1_000,
  error: 900_000,
  end: 900_001,
};

/** Which events of the log a stream needs. */
export const logModes = ({ modes }: StreamView): readonly StreamMode[] => [
  ...new Set(modes.flatMap((mode) => LOG_MODES[mode])),
];

/** Which of them it needs from before its beginning: for messages and subgraphs that are open there. */
export function recalledModes({ modes }: StreamView): readonly StreamMode[] {
  return [...recalledOfMessages(modes), ...(modes.includes('lifecycle') ? (['TASKS'] as const) : [])];
}

function recalledOfMessages(modes: StreamView['modes']): readonly StreamMode[] {
  if (!modes.includes('messages') && !modes.includes('messages-tuple')) return [];
  const waitsForValues = modes.includes('messages') && modes.includes('values');
  return ['MESSAGES', 'MESSAGE_CHUNKS', ...(waitsForValues ? (['VALUES'] as const) : [])];
}

const LOG_MODES: Readonly<Record<RestStreamMode, readonly StreamMode[]>> = {
  values: ['VALUES'],
  updates: ['UPDATES'],
  messages: ['MESSAGES', 'MESSAGE_CHUNKS'],
  'messages-tuple': ['MESSAGES', 'MESSAGE_CHUNKS'],
  custom: ['CUSTOM'],
  tasks: ['TASKS'],
  checkpoints: ['CHECKPOINTS'],
  debug: ['TASKS', 'CHECKPOINTS'],
  events: ['EVENTS'],
  tools: ['EVENTS'],
  lifecycle: ['TASKS'],
};

/**
 * The protocol's events of one run from the log's, in the log's order (protocol.md §3.2, §3.3). One per
 * stream; it remembers open messages.
 */
export class RunEvents {
  readonly #view: StreamView;
  readonly #messages: MessageEvents;
  readonly #lifecycle: LifecycleEvents | null;

  constructor(view: StreamView) {
    this.#view = view;
    this.#messages = new MessageEvents(view);
    this.#lifecycle = view.modes.includes('lifecycle') ? new LifecycleEvents() : null;
  }

  of(event: FollowedEvent): StreamEvent[] {
    const made = [...this.#made(event), ...this.#messages.of(event.body)].map(at(event, 0));
    const lifecycle = this.#lifecycle?.of(event) ?? [];
    const end = this.#lifecycle === null ? null : endEvent(event);
    return [
      ...made,
      ...lifecycle.map((one, index) => at(event, index)(one)),
      ...[...failure(event.body), ...(end === null ? [] : [end])].map(at(event, 0)),
    ];
  }

  #made({ body, runId, createdAt }: FollowedEvent): Made[] {
    switch (body.kind) {
      case 'RUN_STARTED':
      case 'RUN_RESUMED':
        return [{ event: 'metadata', data: { run_id: runId, attempt: body.attempt } }];
      case 'RUN_ENDED':
        return body.endReason === 'AWAITING_HUMAN'
          ? this.#show('values', '', { __interrupt__: interruptsOf(body) })
          : [];
      case 'VALUES':
        return this.#show('values', body.ns, body.values);
      case 'UPDATES':
        return this.#show('updates', body.ns, {
          [body.node]: body.node === '__interrupt__' ? shownInterrupts(body.update) : body.update,
        });
      case 'CUSTOM':
        return this.#show('custom', body.ns, body.data);
      case 'TASK':
        return [
          ...this.#show('tasks', body.ns, body.task),
          ...this.#show('debug', body.ns, () => debugTaskData(body.task, body.step ?? null, createdAt)),
        ];
      case 'CHECKPOINT':
        return [
          ...this.#show('checkpoints', body.ns, () => checkpointData(body.state)),
          ...this.#show('debug', body.ns, () => debugCheckpointData(body.state)),
        ];
      case 'EVENTS':
        return [...this.#show('events', '', body.data), ...this.#tools(body.data)];
      default:
        return [];
    }
  }

  #show(mode: RestStreamMode, ns: string, data: Json | (() => Json)): Made[] {
    const { modes, subgraphs } = this.#view;
    if (!modes.includes(mode) || (ns !== '' && !subgraphs)) return [];
    return [{ event: ns === '' ? mode : `${mode}|${ns}`, data: typeof data === 'function' ? data() : data }];
  }

  #tools(callback: Json): Made[] {
    const data = this.#view.modes.includes('tools') ? toolData(callback) : null;
    return data === null ? [] : this.#show('tools', '', data);
  }
}

/** @param index among the events of that name that are made of the row */
const at =
  ({ seq }: FollowedEvent, index: number) =>
  ({ event, data }: Made): StreamEvent => ({ place: { seq, part: partOf(event) + index }, event, data });

/** Only `end` follows it. A run that was stopped has none: its stream just ends. */
function failure(body: FollowedBody): Made[] {
  if (body.kind !== 'RUN_ENDED' || (body.status !== 'ERROR' && body.status !== 'TIMEOUT')) return [];
  return [{ event: 'error', data: failureOf(body.run) }];
}

const interruptsOf = ({ interrupts }: Extract<EventBody, { kind: 'RUN_ENDED' }>): JsonObject[] =>
  interrupts.map(({ id, value }) => ({ id, value }));

/** LangGraph adds members of its own to an interrupt. */
const shownInterrupts = (interrupts: Json): Json =>
  Array.isArray(interrupts)
    ? interrupts.map((one) =>
        isJsonObject(one) ? { id: one['id'] ?? null, value: one['value'] ?? null } : one,
      )
    : interrupts;

/** The mode decides, not the subgraph that the name may carry behind it. */
const partOf = (event: string): number => PARTS[event.split('|', 1)[0] ?? ''] ?? 8;
