import type { LifecycleData, Namespace } from '@langchain/protocol';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { FollowedBody, FollowedEvent } from '../../orchestrator/orchestrator.ts';
import { endOf, Subgraphs } from '../event-streaming/lifecycle.ts';
import { startingCall } from '../event-streaming/tools.ts';
import { statusJson } from '../json/run.ts';
import { failureOf } from '../runs/run-result.ts';
import type { StreamEvent } from './stream-event.ts';

type Made = Pick<StreamEvent, 'event' | 'data'>;
type Failure = { readonly error: string; readonly message: string };

/**
 * The stream mode `lifecycle`: start and end of each subgraph, named after its namespace, and at last `end` with the run's status. As
 * langgraph-sdk 1.15.0 types them: LifecycleStreamEvent and EndStreamEvent. One per stream; it remembers the subgraphs that are open.
 */
export class LifecycleEvents {
  readonly #subgraphs = new Subgraphs();
  /** Ids of the tool calls that tasks execute, by the namespace that the task's subgraph has. */
  readonly #calls = new Map<string, string>();

  of({ body }: Pick<FollowedEvent, 'body'>): Made[] {
    switch (body.kind) {
      case 'TASK':
        return this.#task(body);
      case 'RUN_ENDED': {
        const status = endOf(body.run);
        return this.#shown(this.#subgraphs.close(status, 0), status === 'failed' ? failureOf(body.run) : null);
      }
      case 'RUN_ROLLED_BACK':
        return this.#shown(this.#subgraphs.close('interrupted', 0), null);
      default:
        return [];
    }
  }

  #task({ ns, task }: Extract<FollowedBody, { kind: 'TASK' }>): Made[] {
    const call = startingCall(task);
    const own = `${String(task['name'])}:${String(task['id'])}`;
    if (call !== null) this.#calls.set(ns === '' ? own : `${ns}|${own}`, call);
    // The log has a task's error as text.
    const failure = typeof task['error'] === 'string' ? { error: 'Error', message: task['error'] } : null;
    return this.#shown(this.#subgraphs.task(ns, task, 0), failure);
  }

  #shown(events: ReturnType<Subgraphs['task']>, failure: Failure | null): Made[] {
    return events.map(({ params }) => {
      const namespace: Namespace = params.namespace;
      const { event } = params.data as LifecycleData;
      const key = namespace.join('|');
      const call = this.#calls.get(key);
      const data: JsonObject = {
        event,
        namespace,
        ...(call === undefined ? {} : { tool_call_id: call }),
        ...(event === 'failed' && failure !== null ? { error: { ...failure } } : {}),
      };
      return { event: `lifecycle|${key}`, data: data as Json };
    });
  }
}

/** The last event of a run's stream; null: the row doesn't end a run. */
export function endEvent({ body, runId }: Pick<FollowedEvent, 'body' | 'runId'>): Made | null {
  if (body.kind === 'RUN_ENDED') return { event: 'end', data: { run_id: runId, status: statusJson(body.run.status) } };
  return body.kind === 'RUN_ROLLED_BACK' ? { event: 'end', data: { run_id: runId, status: 'rollback' } } : null;
}
