import type { Namespace, ToolsData } from '@langchain/protocol';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { namespaceOf, type Said } from './event.ts';

type OpenCall = {
  readonly taskId: string;
  readonly namespace: Namespace;
  readonly node: string;
  readonly id: string;
};
type Place = { readonly ns: string; readonly taskId: string; readonly node: string };
type Call = { readonly id: string; readonly name: string; readonly args: Json };

/** LangGraph's default name of the node that executes tools. */
export const TOOL_NODE = 'tools';
/**
 * The tool that starts a subagent, by the convention of deepagents and of the clients that show subagents.
 */
const SUBAGENT_TOOL = 'task';

/**
 * The `tools` channel, of the tasks that execute tools: a call has started when its task has, and it has
 * ended with its answer among the task's results, or with the task. Of a task that isn't known for a tool's
 * until its answers are there, both are published then.
 */
export class Tools {
  readonly #open = new Map<string, OpenCall>();
  /** What the message that a running task comes after asked for, by the task's id. */
  readonly #asked = new Map<string, readonly Call[]>();

  task(ns: string, task: JsonObject, timestamp: number): Said<'tools'>[] {
    const node = String(task['name']);
    const taskId = String(task['id']);
    const place = { ns, taskId, node };
    if (!('result' in task) && !('error' in task)) {
      const { sent, asked } = callsOf(task['input'] ?? null);
      if (sent === null) this.#asked.set(taskId, asked);
      const certain = sent !== null ? [sent] : node === TOOL_NODE ? asked : [];
      return certain.map((call) => this.#start(openCall(place, call), call.name, timestamp, call.args));
    }
    const asked = this.#asked.get(taskId) ?? [];
    this.#asked.delete(taskId);
    const events = answersIn(task['result'] ?? null).flatMap((answer) =>
      this.#answer(place, answer, asked, timestamp),
    );
    // it continues when it is resumed
    if (Array.isArray(task['interrupts']) && task['interrupts'].length > 0) return events;
    const message = typeof task['error'] === 'string' ? task['error'] : 'The tool returned no result.';
    const left = [...this.#open.values()].filter((call) => call.taskId === taskId);
    return [
      ...events,
      ...left.map((call) =>
        this.#end(call, { event: 'tool-error', tool_call_id: call.id, message }, timestamp),
      ),
    ];
  }

  /** The run has ended: what is still open was stopped, or waits. */
  close(timestamp: number): Said<'tools'>[] {
    const data = (id: string): ToolsData => ({
      event: 'tool-error',
      tool_call_id: id,
      message: 'The tool was stopped before it finished.',
    });
    this.#asked.clear();
    return [...this.#open.values()].map((call) => this.#end(call, data(call.id), timestamp));
  }

  #start(call: OpenCall, name: string, timestamp: number, input?: Json): Said<'tools'> {
    this.#open.set(call.id, call);
    const args = input === undefined ? {} : { input };
    return said(call, { event: 'tool-started', tool_call_id: call.id, tool_name: name, ...args }, timestamp);
  }

  #answer(place: Place, answer: JsonObject, asked: readonly Call[], timestamp: number): Said<'tools'>[] {
    const id = String(answer['tool_call_id']);
    const known = this.#open.get(id);
    const request = asked.find((one) => one.id === id);
    const name = request?.name ?? (typeof answer['name'] === 'string' ? answer['name'] : place.node);
    const call = known ?? openCall(place, { id, name });
    const content = answer['content'];
    const data: ToolsData =
      answer['status'] === 'error'
        ? {
            event: 'tool-error',
            tool_call_id: id,
            message: typeof content === 'string' ? content : JSON.stringify(content),
          }
        : { event: 'tool-finished', tool_call_id: id, output: answer };
    return [
      ...(known === undefined ? [this.#start(call, name, timestamp, request?.args)] : []),
      this.#end(call, data, timestamp),
    ];
  }

  #end(call: OpenCall, data: ToolsData, timestamp: number): Said<'tools'> {
    this.#open.delete(call.id);
    return said(call, data, timestamp);
  }
}

/**
 * A call is its graph's, except for a subagent's: clients look for what the subagent says at the namespace of
 * the call that started it.
 */
function openCall({ ns, taskId, node }: Place, { id, name }: Pick<Call, 'id' | 'name'>): OpenCall {
  const graph = namespaceOf(ns);
  return { taskId, namespace: name === SUBAGENT_TOOL ? [...graph, `${node}:${taskId}`] : graph, node, id };
}

const said = ({ namespace, node }: OpenCall, data: ToolsData, timestamp: number): Said<'tools'> => ({
  method: 'tools',
  params: { namespace, timestamp, node, data },
});

/** The call that a task was sent with, and those that the message asks for that it comes after. */
function callsOf(input: Json): { readonly sent: Call | null; readonly asked: readonly Call[] } {
  if (!isJsonObject(input)) return { sent: null, asked: [] };
  const messages = Array.isArray(input['messages']) ? input['messages'] : [];
  const last: Json = messages.at(-1) ?? null;
  const asked = isJsonObject(last) && Array.isArray(last['tool_calls']) ? last['tool_calls'] : [];
  return {
    sent: toCall(input['lg_tool_call']) ?? toCall(input['tool_call']),
    asked: asked.flatMap((call: Json) => toCall(call) ?? []),
  };
}

function toCall(call: Json | undefined): Call | null {
  if (!isJsonObject(call)) return null;
  const { id, name, args } = call;
  return typeof id === 'string' && typeof name === 'string' ? { id, name, args: args ?? {} } : null;
}

/**
 * The id of the one call that a task which starts executes; null where it ends, executes none, or several.
 */
export function startingCall(task: JsonObject): string | null {
  if ('result' in task || 'error' in task) return null;
  const { sent, asked } = callsOf(task['input'] ?? null);
  const [only, ...others] = sent === null && task['name'] === TOOL_NODE ? asked : [];
  return sent?.id ?? (others.length === 0 ? (only?.id ?? null) : null);
}

/** The answers of tools among what a task has written. */
function answersIn(result: Json): readonly JsonObject[] {
  const messages = isJsonObject(result) ? result['messages'] : result;
  return (Array.isArray(messages) ? messages : []).filter(
    (message: Json): message is JsonObject =>
      isJsonObject(message) && message['type'] === 'tool' && typeof message['tool_call_id'] === 'string',
  );
}
