import type { EventBody } from '../../src/domain/event.ts';
import { isJsonObject, type Json } from '../../src/domain/json.ts';
import type { MessageJson } from '../../src/domain/message.ts';
import type { SaverHandle } from '../../src/orchestrator/ports/checkpoints.ts';
import type {
  BulkUpdateState,
  ComposedInput,
  ComposeInput,
  Execution,
  GraphHost,
  PrepareHistory,
  ReadState,
  Reconcile,
  StateUpdated,
  StateValuesJson,
  StreamEnd,
  ThreadStateJson,
  UpdateState,
} from '../../src/orchestrator/ports/graph-host.ts';
import { GraphUnusableError } from '../../src/orchestrator/ports/graph-inspector.ts';
import type { SaverConfig } from './memory-saver.ts';
import {
  begunAndCompleted,
  completed,
  finishedIn,
  idIn,
  interruptsOf,
  messagesOf,
  type Place,
  type ScriptState,
  toPartial,
  withInput,
} from './script.ts';
import { placeAt, putState } from './script-places.ts';
import { runScript, type ScriptParts } from './scripted-execution.ts';

/**
 * Graphs that do what the script in their run's config says. Deterministic: their only sources of time and
 * order are the clock and the saver.
 */
export class ScriptedGraphs implements GraphHost {
  readonly graphIds = ['scripted'];
  readonly #parts: ScriptParts;

  constructor(parts: ScriptParts) {
    this.#parts = parts;
  }

  has(graphId: string): boolean {
    return this.graphIds.includes(graphId);
  }

  async checkInput(): Promise<[]> {
    return [];
  }

  async checkCommand(): Promise<[]> {
    return [];
  }

  async nodes(): Promise<string[]> {
    return ['say'];
  }

  needsConfig(): boolean {
    return false;
  }

  draw(): Promise<never> {
    return Promise.reject(new GraphUnusableError('A script has no drawing'));
  }

  schemas(): Promise<never> {
    return Promise.reject(new GraphUnusableError('A script has no schemas'));
  }

  subgraphs(): Promise<never> {
    return Promise.reject(new GraphUnusableError('A script has no subgraphs'));
  }

  execute(execution: Execution): Promise<StreamEnd> {
    return runScript(this.#parts, execution);
  }

  async composeInput({
    call,
    saver,
    baseCheckpointId,
    carried,
    input,
  }: ComposeInput): Promise<ComposedInput> {
    const { state } = await placeAt(saver, call.threadId, baseCheckpointId);
    if (carried.length === 0) return { input, addedBy: 'INPUT', dropsTold: false, ahead: [], refused: [] };
    if (state.paused !== null)
      return {
        input,
        addedBy: 'PREPARATION',
        dropsTold: false,
        ahead: carried.flatMap(messagesOf) as unknown as Json[],
        refused: [],
      };
    const messages = [...carried.flatMap(messagesOf), ...messagesOf(input)];
    return {
      input: { ...(isJsonObject(input) ? input : {}), messages } as unknown as Json,
      addedBy: 'INPUT',
      dropsTold: false,
      ahead: [],
      refused: [],
    };
  }

  async prepareHistory({
    call,
    buffer,
    baseCheckpointId,
    ahead,
  }: PrepareHistory): Promise<readonly EventBody[]> {
    const place = await placeAt(buffer, call.threadId, baseCheckpointId);
    const answer: MessageJson = {
      type: 'system',
      id: `answer to ${place.state.paused}`,
      content: 'stopped before it was resumed',
    };
    const added = [answer, ...(ahead as unknown as MessageJson[])];
    await this.#put(
      buffer,
      place,
      { ...place.state, messages: [...place.state.messages, ...added], paused: null },
      'update',
    );
    return added.flatMap(begunAndCompleted);
  }

  async reconcile(request: Reconcile): Promise<readonly EventBody[]> {
    const { call, buffer, uncommittedInput, baseCheckpointId, partials, keepPartialOutput } = request;
    let place = await placeAt(
      buffer,
      call.threadId,
      uncommittedInput === undefined ? null : baseCheckpointId,
    );
    const events: EventBody[] = [];
    if (uncommittedInput !== undefined) {
      const added = messagesOf(uncommittedInput);
      place = await this.#put(buffer, place, withInput(place.state, added, call.config), 'input');
      events.push(...added.flatMap(begunAndCompleted));
    }
    const finished = finishedIn(place);
    const held = new Set([...place.state.messages, ...finished].map(({ id }) => id));
    const kept = keepPartialOutput ? partials.filter(({ messageId }) => !held.has(messageId)) : [];
    const added = [...finished, ...kept.map(toPartial)];
    if (added.length > 0 || place.state.paused !== null)
      place = await this.#put(
        buffer,
        place,
        { ...place.state, messages: [...place.state.messages, ...added], paused: null },
        'update',
      );
    const isAppend = partials.every(({ messageId }) => held.has(messageId)) || keepPartialOutput;
    if (!isAppend || (uncommittedInput !== undefined && partials.length > 0))
      return [{ kind: 'MESSAGES_RESET', checkpointId: idIn(place.config) }];
    return [
      ...events,
      ...finished.flatMap(begunAndCompleted),
      ...kept.map((partial) => completed(toPartial(partial))),
    ];
  }

  async readState({ call, saver, checkpointId }: ReadState): Promise<ThreadStateJson | null> {
    const { tuple, state } = await placeAt(saver, call.threadId, checkpointId);
    if (tuple === null) return null;
    const at = (config: SaverConfig | undefined) =>
      config === undefined
        ? null
        : {
            threadId: call.threadId,
            checkpointId: idIn(config) ?? '',
            checkpointNs: '',
            checkpointMap: null,
          };
    const interrupts = interruptsOf(state);
    const parentCheckpoint = at(tuple.parentConfig);
    const checkpoint = at(tuple.config)!;
    const values = state as unknown as Json;
    return {
      values,
      messages: state.messages,
      next: [],
      tasks: [],
      interrupts,
      checkpoint,
      parentCheckpoint,
      metadata: {},
      createdAt: new Date(0),
      incomplete: null,
    };
  }

  async readValues(request: ReadState): Promise<StateValuesJson | null> {
    const state = await this.readState(request);
    if (state === null) return null;
    const { values, messages, interrupts } = state;
    return {
      values,
      messages,
      interrupts: interrupts.length === 0 ? {} : { paused: interrupts },
      incomplete: null,
    };
  }

  async readMessages({ call, saver, checkpointId }: ReadState): Promise<readonly MessageJson[]> {
    return (await placeAt(saver, call.threadId, checkpointId)).state.messages;
  }

  async readTaskInput(): Promise<Json> {
    return null;
  }

  async updateState({
    call,
    buffer,
    checkpointId,
    values,
  }: UpdateState): Promise<{ readonly checkpointId: string }> {
    const place = await placeAt(buffer, call.threadId, checkpointId);
    const messages = [...place.state.messages, ...finishedIn(place), ...messagesOf(values)];
    const put = await this.#put(buffer, place, { ...place.state, messages }, 'update');
    return { checkpointId: idIn(put.config)! };
  }

  async bulkUpdateState({ call, buffer, supersteps }: BulkUpdateState): Promise<StateUpdated> {
    let place = await placeAt(buffer, call.threadId, null);
    for (const { updates } of supersteps) {
      const messages = [
        ...place.state.messages,
        ...finishedIn(place),
        ...updates.flatMap(({ values }) => messagesOf(values)),
      ];
      place = await this.#put(buffer, place, { ...place.state, messages, paused: null }, 'update');
    }
    return { checkpointId: idIn(place.config) ?? '' };
  }

  #put(saver: SaverHandle, from: Place, state: ScriptState, source: 'input' | 'update'): Promise<Place> {
    return putState({ saver, from, id: this.#parts.newId(), state, source });
  }
}
