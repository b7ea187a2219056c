import type { AgentStatus, AgentTreeNode, EventData, Namespace } from '@langchain/protocol';
import type { JsonObject } from '../../domain/json.ts';
import type { Run } from '../../domain/run.ts';
import { namespaceOf } from './event.ts';

type Known = { readonly namespace: Namespace; readonly name: string; status: AgentStatus };

/**
 * How a run's end shows at the root: a run that waits for a human is interrupted, as one that was stopped.
 */
export function endOf({ status, endReason }: Pick<Run, 'status' | 'endReason'>): AgentStatus {
  switch (status) {
    case 'PENDING':
    case 'RUNNING':
      return 'running';
    case 'SUCCESS':
      return endReason === 'AWAITING_HUMAN' ? 'interrupted' : 'completed';
    case 'INTERRUPTED':
      return 'interrupted';
    case 'ERROR':
    case 'TIMEOUT':
      return 'failed';
  }
}

/**
 * The subgraphs of one run. One has started when its first task has; it has ended as the task of its parent
 * did that ran it, or with the run.
 */
export class Subgraphs {
  readonly #known = new Map<string, Known>();

  /** A task of `ns` started or ended; `agent` is what a named agent calls itself. */
  task(ns: string, task: JsonObject, timestamp: number): EventData[] {
    const isEnd = 'result' in task || 'error' in task;
    return isEnd ? this.#ended(ns, task, timestamp) : this.#started(ns, task, timestamp);
  }

  /** The run has ended: what is still open ends as it did. */
  close(status: AgentStatus, timestamp: number): EventData[] {
    const open = [...this.#known.values()].filter((one) => one.status === 'started');
    return open.map((one) => ended(one, status, timestamp));
  }

  /** Below a root of this status. */
  tree(root: { readonly status: AgentStatus; readonly graphName: string }): AgentTreeNode {
    const childrenOf = (namespace: Namespace): AgentTreeNode[] =>
      [...this.#known.values()]
        .filter(
          (one) =>
            one.namespace.length === namespace.length + 1 &&
            namespace.every((part, index) => part === one.namespace[index]),
        )
        .map((one) => node(one.namespace, one.status, one.name));
    const node = (namespace: Namespace, status: AgentStatus, name: string): AgentTreeNode => {
      const children = childrenOf(namespace);
      return { namespace, status, graph_name: name, ...(children.length === 0 ? {} : { children }) };
    };
    return node([], root.status, root.graphName);
  }

  #started(ns: string, task: JsonObject, timestamp: number): EventData[] {
    const namespace = namespaceOf(ns);
    const agent = (task['metadata'] as JsonObject | undefined)?.['lc_agent_name'];
    const events: EventData[] = [];
    for (let length = 1; length <= namespace.length; length += 1) {
      const prefix = namespace.slice(0, length);
      const key = prefix.join('|');
      if (this.#known.has(key)) continue;
      const node = prefix.at(-1)?.split(':', 1)[0] ?? '';
      const known: Known = {
        namespace: prefix,
        name: length === namespace.length && typeof agent === 'string' ? agent : node,
        status: 'started',
      };
      this.#known.set(key, known);
      events.push(lifecycle(known, timestamp));
    }
    return events;
  }

  #ended(ns: string, task: JsonObject, timestamp: number): EventData[] {
    const own = `${String(task['name'])}:${String(task['id'])}`;
    const known = this.#known.get(ns === '' ? own : `${ns}|${own}`);
    if (known?.status !== 'started') return [];
    const interrupts = task['interrupts'];
    const waits = Array.isArray(interrupts) && interrupts.length > 0;
    return [ended(known, 'error' in task ? 'failed' : waits ? 'interrupted' : 'completed', timestamp)];
  }
}

function ended(known: Known, status: AgentStatus, timestamp: number): EventData {
  known.status = status;
  return lifecycle(known, timestamp);
}

const lifecycle = ({ namespace, name, status }: Known, timestamp: number): EventData => ({
  method: 'lifecycle',
  params: { namespace, timestamp, data: { event: status, graph_name: name } },
});
