import type { CheckpointSource, EventData, LifecycleData } from '@langchain/protocol';
import type { RunId } from '../../domain/ids.ts';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import type { ThreadStateJson } from '../../orchestrator/ports/graph-host.ts';
import type { FollowedBody, FollowedEvent } from '../../orchestrator/ports/subscriptions.ts';
import { failureOf } from '../runs/wait-response.ts';
import { namespaceOf, Row, type ThreadEvent } from './event.ts';
import { endOf, Subgraphs } from './lifecycle.ts';
import { Messages } from './messages.ts';
import { Tools } from './tools.ts';

type Body<K extends FollowedBody['kind']> = Extract<FollowedBody, { kind: K }>;

/**
 * Where in its row each kind of event has its place. They don't move when a reader follows fewer channels and
 * so knows less of what came before: the same event has the same seq for all readers.
 */
const PART = {
  first: 0,
  state: 100_000,
  inputs: 200_000,
  subgraphs: 300_000,
  tools: 400_000,
  root: 900_000,
  rootOfOthers: 900_001,
} as const;

/**
 * Turns a thread's rows, in their order, into events of the protocol. Knows the running run, its subgraphs,
 * its open messages and what it asked for; a reader that begins in the middle lets it see the run's rows from
 * before too.
 */
export class EventMapper {
  readonly #messages = new Messages();
  readonly #tools = new Tools();
  #subgraphs = new Subgraphs();
  readonly #requested = new Set<string>();
  #running: RunId | null = null;
  /**
   * Ends of runs that never ran, held back while another one runs: readers take a root's end for that of what
   * they see running.
   */
  #heldEnds: { readonly runId: RunId; readonly said: EventData }[] = [];

  /**
   * @param state the whole state that the row stands for, where `checkpointOf` says that there is one; null
   * when it is gone
   */
  map(event: FollowedEvent, state: ThreadStateJson | null): readonly ThreadEvent[] {
    const row = new Row(event);
    const { body, runId } = event;
    switch (body.kind) {
      case 'RUN_STARTED':
        this.#started(row, body.run);
        break;
      case 'RUN_ENDED':
        this.#ended(row, body.run, state);
        break;
      case 'RUN_ROLLED_BACK':
        if (runId !== null) this.#end(row, runId, { event: 'interrupted' }, false);
        break;
      case 'MESSAGE_STARTED':
      case 'MESSAGE_DELTA':
      case 'MESSAGE_CHUNK':
      case 'MESSAGE_COMPLETED':
        addAll(row, PART.first, this.#messages.map(body, runId, row.timestamp));
        break;
      case 'MESSAGES_RESET':
        addAll(row, PART.first, this.#messages.abandon(row.timestamp));
        // Without a checkpoint a rollback, which is the thread's own, has left no state; a run that begins
        // again had none yet.
        if (body.checkpointId === null)
          addAll(row, PART.state, runId === null ? [valuesEvent({}, '', row.timestamp)] : []);
        else addAll(row, PART.state, state === null ? [] : stateEvents(state, '', row.timestamp));
        break;
      case 'CHECKPOINT':
        addAll(row, PART.first, stateEvents(body.state, body.ns, row.timestamp));
        break;
      case 'TASK':
        this.#task(row, body);
        break;
      case 'UPDATES':
        // What a pause asks for is in the channel `input`.
        if (body.node !== '__interrupt__') row.add(PART.first, updates(body, row.timestamp));
        break;
      case 'CUSTOM':
        row.add(PART.first, custom(body, row.timestamp));
        break;
      case 'EXTENSION':
        row.add(PART.first, extension(body, row.timestamp));
        break;
      default: // RUN_QUEUED, RUN_RESUMED, VALUES (sent with its checkpoint), EVENTS, DEBUG
    }
    return row.events;
  }

  #started(row: Row, run: Run): void {
    this.#running = run.id;
    this.#subgraphs = new Subgraphs();
    this.#requested.clear();
    const answered = answeredBy(run.command?.resume);
    if (answered.length > 0)
      row.add(PART.inputs, {
        method: 'input.answered',
        params: { namespace: [], timestamp: row.timestamp, data: { interrupt_ids: answered } },
      });
    const data = { event: 'running', graph_name: run.graphId } as const;
    row.add(
      PART.root,
      { method: 'lifecycle', params: { namespace: [], timestamp: row.timestamp, data } },
      run.id,
    );
  }

  #ended(row: Row, run: Run, state: ThreadStateJson | null): void {
    const status = endOf(run);
    if (state !== null) addAll(row, PART.state, stateEvents(state, '', row.timestamp));
    const error = status === 'failed' ? failureOf(run) : null;
    const fields = error === null ? {} : { error: `${error.error}: ${error.message}` };
    this.#end(
      row,
      run.id,
      { event: status, graph_name: run.graphId, ...fields },
      run.endReason === 'AWAITING_HUMAN',
    );
  }

  /** @param waits it ended to wait for a human, who may let its tools go on */
  #end(row: Row, runId: RunId, data: LifecycleData, waits: boolean): void {
    const { timestamp } = row;
    const said: EventData = { method: 'lifecycle', params: { namespace: [], timestamp, data } };
    if (this.#running !== null && this.#running !== runId) {
      this.#heldEnds.push({ runId, said });
      return;
    }
    addAll(row, PART.first, this.#messages.abandon(timestamp));
    addAll(row, PART.subgraphs, this.#subgraphs.close(data.event, timestamp));
    addAll(row, PART.tools, waits ? [] : this.#tools.close(timestamp));
    row.add(PART.root, said, runId);
    for (const [index, held] of this.#heldEnds.entries())
      row.add(PART.rootOfOthers + index, held.said, held.runId);
    this.#heldEnds = [];
    this.#running = null;
  }

  #task(row: Row, { ns, task }: Body<'TASK'>): void {
    const { timestamp } = row;
    row.add(PART.first, { method: 'tasks', params: { namespace: namespaceOf(ns), timestamp, data: task } });
    const interrupts = (Array.isArray(task['interrupts']) ? task['interrupts'] : []) as readonly JsonObject[];
    // An interrupt of a subgraph shows in its parents' tasks too, after its own.
    for (const [index, { id, value }] of interrupts.entries()) {
      if (typeof id !== 'string' || this.#requested.has(id)) continue;
      this.#requested.add(id);
      const data = { interrupt_id: id, payload: value };
      row.add(PART.inputs + index, {
        method: 'input.requested',
        params: { namespace: namespaceOf(ns), timestamp, data },
      });
    }
    addAll(row, PART.subgraphs, this.#subgraphs.task(ns, task, timestamp));
    addAll(row, PART.tools, this.#tools.task(ns, task, timestamp));
  }
}

/** Which checkpoint's state has to be read to map the row; null: none. */
export function checkpointOf({ body }: FollowedEvent): string | null {
  if (body.kind === 'MESSAGES_RESET') return body.checkpointId ?? null;
  // A run that ended by itself has published its last state; what a stop or an error leaves is written with
  // the end.
  return body.kind === 'RUN_ENDED' && body.run.status !== 'SUCCESS' ? body.run.headAfter : null;
}

function addAll(row: Row, part: number, said: readonly EventData[]): void {
  for (const [index, one] of said.entries()) row.add(part + index, one);
}

/**
 * The envelope ahead of its values, which clients pair with it. The checkpoint that only takes an input in
 * has no values of its own, nor has one before the first value is written.
 */
function stateEvents(
  { checkpoint, parentCheckpoint, metadata, values }: ThreadStateJson,
  ns: string,
  timestamp: number,
): EventData[] {
  const place = { namespace: namespaceOf(ns), timestamp };
  const source = metadata['source'] as CheckpointSource;
  const data = {
    id: checkpoint.checkpointId,
    ...(parentCheckpoint === null ? {} : { parent_id: parentCheckpoint.checkpointId }),
    step: typeof metadata['step'] === 'number' ? metadata['step'] : -1,
    source,
  };
  const envelope: EventData = { method: 'checkpoints', params: { ...place, data } };
  const isEmpty = isJsonObject(values) && Object.keys(values).length === 0;
  return source === 'input' || isEmpty ? [envelope] : [envelope, valuesEvent(values, ns, timestamp)];
}

const valuesEvent = (values: Json, ns: string, timestamp: number): EventData => ({
  method: 'values',
  params: { namespace: namespaceOf(ns), timestamp, data: values },
});

const updates = ({ ns, node, update }: Body<'UPDATES'>, timestamp: number): EventData => {
  const values = isJsonObject(update) ? update : { value: update };
  return {
    method: 'updates',
    params: { namespace: namespaceOf(ns), timestamp, node, data: { node, values } },
  } as EventData;
};

/**
 * The payload is what the node wrote, as it wrote it; a `name` in it is the event's too, for the channel
 * `custom:<name>`.
 */
function custom({ ns, data }: Body<'CUSTOM'>, timestamp: number): EventData {
  const name = isJsonObject(data) ? data['name'] : undefined;
  const fields = { ...(typeof name === 'string' ? { name } : {}), payload: data };
  return { method: 'custom', params: { namespace: namespaceOf(ns), timestamp, data: fields } };
}

const extension = ({ ns, name, data }: Body<'EXTENSION'>, timestamp: number): EventData => ({
  method: 'custom',
  params: { namespace: namespaceOf(ns), timestamp, data: { name, payload: data } },
});

/** A resume that answers interrupts by their ids names them. */
const answeredBy = (resume: Json | undefined): string[] =>
  isJsonObject(resume) && Object.keys(resume).every((key) => /^[0-9a-f]{32}$/.test(key))
    ? Object.keys(resume)
    : [];
