import { type EventBody, formatNamespace, type PendingInterrupt } from '../../domain/event.ts';
import type { JsonObject } from '../../domain/json.ts';
import { describeRecord } from '../../domain/thrown.ts';
import { isMessage, toJson, toJsonObject } from '../state/to-json.ts';
import type { MessageMetadata, MessageRecorder } from './message-recorder.ts';

/** What LangGraph's stream yields with several modes and subgraphs: namespace, mode, payload. */
export type StreamChunk = readonly [readonly string[], string, unknown];

/** The stream modes that the mapper reads. */
export const STREAM_MODES = ['updates', 'custom', 'tasks', 'messages', 'checkpoints'] as const;

export type MapperOptions = {
  readonly recorder: MessageRecorder;
  /**
   * What the run's first root checkpoint is: one that it starts from (its values are shown), or one that only
   * takes the input in.
   */
  readonly startsFromState: boolean;
  /**
   * Messages that finished tasks left before this run were published then; false: perhaps by a lost attempt,
   * and retracted since.
   */
  readonly reappliedIsKnown: boolean;
  /** False: only the run's last checkpoint is, and LangGraph gives the others no ids. */
  readonly storesCheckpoints: boolean;
};

type TaskPayload = {
  readonly id: string;
  readonly name: string;
  readonly triggers?: unknown;
  readonly interrupts?: unknown;
  readonly metadata?: unknown;
  readonly result?: unknown;
  readonly error?: unknown;
};
type CheckpointPayload = {
  readonly config?: { readonly configurable?: { readonly checkpoint_id?: string } };
  readonly metadata?: { readonly source?: string; readonly step?: number };
  readonly values?: unknown;
};

/**
 * A mapped chunk: what to emit and, where that refers to a checkpoint, which one has to be committed before.
 */
export type Mapped = {
  readonly bodies: readonly EventBody[];
  readonly checkpoint: { readonly ns: string; readonly id: string } | null;
};

const NOTHING: Mapped = { bodies: [], checkpoint: null };

/** Turns the chunks of one execution's stream into events, in their order. Stateful; one per execution. */
export class StreamMapper {
  readonly #options: MapperOptions;
  /** The newest checkpoint per namespace: what the tasks that follow were prepared from. */
  readonly #checkpoints = new Map<string, string>();
  /** The superstep that follows it. */
  readonly #steps = new Map<string, number>();
  /** Running tasks per namespace, id → node. */
  readonly #running = new Map<string, Map<string, string>>();
  readonly #interrupts = new Map<string, PendingInterrupt>();
  #paused = false;
  #conversationReset = false;

  constructor(options: MapperOptions) {
    this.#options = options;
  }

  /** The root graph stopped to wait for a human. */
  get paused(): boolean {
    return this.#paused;
  }

  /** The newest checkpoint of the root that is stored or is going to be; undefined: none yet. */
  get rootCheckpointId(): string | undefined {
    return this.#checkpoints.get('');
  }

  /** What the root graph's tasks wait for; [] at a static breakpoint. */
  get interrupts(): readonly PendingInterrupt[] {
    return [...this.#interrupts.values()];
  }

  /** The conversation changed otherwise than by appending, at a checkpoint that isn't stored. */
  get conversationReset(): boolean {
    return this.#conversationReset;
  }

  map([namespace, mode, payload]: StreamChunk): Mapped {
    const ns = formatNamespace(namespace);
    switch (mode) {
      case 'messages': {
        const [message, metadata] = payload as readonly [unknown, MessageMetadata];
        return isMessage(message) ? only(this.#options.recorder.message(ns, message, metadata)) : NOTHING;
      }
      case 'updates':
        return only(this.#updates(ns, payload as Readonly<Record<string, unknown>>));
      case 'custom':
        return only([{ kind: 'CUSTOM', ns, node: this.#onlyNode(ns), data: toJson(payload) }]);
      case 'tasks':
        return only(this.#task(ns, payload as TaskPayload));
      case 'checkpoints':
        return this.#checkpoint(ns, payload as CheckpointPayload);
      default:
        return NOTHING;
    }
  }

  #updates(ns: string, payload: Readonly<Record<string, unknown>>): EventBody[] {
    const { __metadata__: metadata, ...updates } = payload;
    if ('__interrupt__' in updates && ns === '') this.#pause(updates['__interrupt__']);
    const reapplied = (metadata as { cached?: boolean } | undefined)?.cached === true;
    return Object.entries(updates).flatMap(([node, update]) => [
      ...(reapplied ? this.#reapply(ns, node, update) : []),
      { kind: 'UPDATES', ns, node, update: toJson(update) } as const,
    ]);
  }

  #reapply(ns: string, node: string, update: unknown): EventBody[] {
    const { recorder, reappliedIsKnown } = this.#options;
    if (!reappliedIsKnown) return recorder.restored(ns, node, update);
    recorder.reapplied(update);
    return [];
  }

  #pause(interrupts: unknown): void {
    this.#paused = true;
    for (const interrupt of toPendingInterrupts(interrupts)) this.#interrupts.set(interrupt.id, interrupt);
  }

  #task(ns: string, task: TaskPayload): EventBody[] {
    const checkpointId = this.#checkpoints.get(ns) ?? null;
    const step = this.#steps.get(ns);
    const place = { ns, checkpointId, ...(step === undefined ? {} : { step }) };
    const running = this.#running.get(ns) ?? new Map<string, string>();
    this.#running.set(ns, running);
    if (!('result' in task)) {
      running.set(task.id, task.name);
      return [{ kind: 'TASK', ...place, task: startOf(task) }];
    }
    running.delete(task.id);
    const failed = task.error !== null && task.error !== undefined;
    const completed = failed ? [] : this.#options.recorder.taskEnded(task.id, task.result);
    return [...completed, { kind: 'TASK', ...place, task: endOf(task, failed) }];
  }

  #checkpoint(ns: string, payload: CheckpointPayload): Mapped {
    // streamEvents adds short envelopes of checkpoints between the whole ones
    if (!('values' in payload)) return NOTHING;
    if (payload.metadata?.step !== undefined) this.#steps.set(ns, payload.metadata.step + 1);
    const checkpointId = this.#options.storesCheckpoints
      ? payload.config?.configurable?.checkpoint_id
      : undefined;
    if (checkpointId === undefined) return this.#unstored(ns, payload.values);
    const isFirstOfRoot = ns === '' && !this.#checkpoints.has(ns);
    this.#checkpoints.set(ns, checkpointId);
    const messages = this.#options.recorder.checkpoint(ns, checkpointId, payload.values);
    const resets = messages.filter((body) => body.kind === 'MESSAGES_RESET');
    // The checkpoint that only takes the input in shows the values from before it.
    const showsValues =
      payload.metadata?.source !== 'input' || (isFirstOfRoot && this.#options.startsFromState);
    const values: EventBody[] = showsValues ? [{ kind: 'VALUES', ns, checkpointId }] : [];
    return {
      bodies: [
        ...messages.filter((body) => body.kind !== 'MESSAGES_RESET'),
        ...values,
        { kind: 'CHECKPOINT', ns, checkpointId },
        ...resets,
      ],
      checkpoint: { ns, id: checkpointId },
    };
  }

  #unstored(ns: string, values: unknown): Mapped {
    const messages = this.#options.recorder.checkpoint(ns, '', values);
    const announced = messages.filter((body) => body.kind !== 'MESSAGES_RESET');
    if (announced.length < messages.length) this.#conversationReset = true;
    return only(announced);
  }

  /** The chunk of a node's writer doesn't name its node; it is known while only one runs. */
  #onlyNode(ns: string): string | null {
    const [only, ...others] = this.#running.get(ns)?.values() ?? [];
    return only !== undefined && others.length === 0 ? only : null;
  }
}

const only = (bodies: readonly EventBody[]): Mapped =>
  bodies.length === 0 ? NOTHING : { bodies, checkpoint: null };

/** Interrupts as LangGraph carries them, in JSON. */
export function toPendingInterrupts(interrupts: unknown): PendingInterrupt[] {
  if (!Array.isArray(interrupts)) return [];
  return interrupts.map((interrupt: { id?: unknown; value?: unknown } | null) => ({
    id: String(interrupt?.id ?? ''),
    value: toJson(interrupt?.value),
  }));
}

/** What a failed task carries as its error: { name, message }, an Error or anything thrown. */
export function errorText(error: unknown): string {
  return describeRecord(error).message;
}

const startOf = ({ id, name, triggers, interrupts, metadata }: TaskPayload): JsonObject => ({
  id,
  name,
  triggers: toJson(triggers ?? []),
  interrupts: toPendingInterrupts(interrupts),
  ...ownMetadata(metadata),
});

/** The run's ids are in every task's metadata; an event belongs to its run anyway. */
const RUN_METADATA: ReadonlySet<string> = new Set([
  'thread_id',
  'run_id',
  'graph_id',
  'assistant_id',
  'run_attempt',
  'ls_integration',
]);

function ownMetadata(metadata: unknown): { readonly metadata?: JsonObject } {
  const own = Object.entries(toJsonObject(metadata)).filter(([key]) => !RUN_METADATA.has(key));
  return own.length === 0 ? {} : { metadata: Object.fromEntries(own) };
}

const endOf = ({ id, name, result, interrupts, error }: TaskPayload, failed: boolean): JsonObject => ({
  id,
  name,
  ...(failed ? { error: errorText(error) } : { result: toJson(result) }),
  interrupts: toPendingInterrupts(interrupts),
});
