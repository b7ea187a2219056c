import { randomUUID } from 'node:crypto';
import type { CommandResponse, ErrorResponse } from '@langchain/protocol';
import type { ThreadEvent } from '../../../src/rest/event-streaming/event.ts';
import { openEventStream } from '../event-stream.ts';
import type { RestServer } from '../support.ts';

export const ALL_CHANNELS = [
  'values',
  'updates',
  'messages',
  'tools',
  'lifecycle',
  'input',
  'checkpoints',
  'tasks',
  'custom',
];
export const hello = { messages: [{ role: 'user', content: 'hi' }] };
export const newThreadId = (): string => randomUUID();

let commands = 0;
/** Sends a command over HTTP. */
export async function send(
  server: RestServer,
  threadId: string,
  method: string,
  params: object,
): Promise<CommandResponse | ErrorResponse> {
  commands += 1;
  const { body } = await server.request('POST', `/threads/${threadId}/commands`, {
    id: commands,
    method,
    params,
  });
  return body as CommandResponse | ErrorResponse;
}

/** run.start, which has to succeed; returns the run's id. */
export async function start(
  server: RestServer,
  threadId: string,
  assistant: string,
  params: object = { input: hello },
): Promise<string> {
  const answer = await send(server, threadId, 'run.start', { assistant_id: assistant, ...params });
  if (answer.type === 'error') throw new Error(`run.start was refused: ${answer.error}: ${answer.message}`);
  return String((answer.result as { run_id?: unknown }).run_id);
}

export type Reader = AsyncDisposable & {
  readonly next: () => Promise<ThreadEvent>;
  /** Reads until an event is there that `isIt` accepts, and returns all up to it. */
  readonly upTo: (isIt: (event: ThreadEvent) => boolean) => Promise<ThreadEvent[]>;
};

/** Opens a thread's event stream over SSE. */
export async function read(
  server: RestServer,
  threadId: string,
  body: object = { channels: ALL_CHANNELS },
  headers = {},
): Promise<Reader> {
  const stream = await openEventStream(`${server.api}/threads/${threadId}/stream/events`, {
    method: 'POST',
    body,
    headers,
  });
  const next = async (): Promise<ThreadEvent> => {
    const event = await stream.next();
    if (event === null) throw new Error('The stream ended');
    const data = event.data as ThreadEvent;
    if (event.id !== data.event_id || event.event !== data.method)
      throw new Error(`A frame differs from its event: ${JSON.stringify(event)}`);
    return data;
  };
  return {
    next,
    upTo: async (isIt) => {
      const events: ThreadEvent[] = [];
      do events.push(await next());
      while (!isIt(events.at(-1)!));
      return events;
    },
    [Symbol.asyncDispose]: () => stream.close(),
  };
}

const ENDS = new Set(['completed', 'failed', 'interrupted']);
/** The end of a run at the root; of any when `runId` isn't given. */
export const isEnd =
  (runId?: string) =>
  (event: ThreadEvent): boolean =>
    event.method === 'lifecycle' &&
    event.params.namespace.length === 0 &&
    ENDS.has(event.params.data.event) &&
    (runId === undefined || event.event_id.startsWith(`synth:${runId}:`));

/** One line an event: what a reader of a list wants to see; ids of tasks are left out of namespaces. */
export function line({ method, params }: ThreadEvent): string {
  const place = params.namespace.map((segment) => segment.split(':')[0]).join('/');
  return [method, place === '' ? '' : `@${place}`, summary({ method, params } as ThreadEvent)]
    .filter((part) => part !== '')
    .join(' ');
}

function summary(event: ThreadEvent): string {
  switch (event.method) {
    case 'lifecycle':
      return event.params.data.event;
    case 'messages': {
      const { data } = event.params;
      switch (data.event) {
        case 'message-start':
          return `start ${data.role}`;
        case 'content-block-start':
          return `block ${data.index} ${data.content.type}`;
        case 'content-block-delta':
          return `+${JSON.stringify(data.delta['text'] ?? data.delta['reasoning'] ?? data.delta['fields']?.args)}`;
        case 'content-block-finish':
          return `finished ${JSON.stringify(data.content['text'] ?? data.content['args'])}`;
        case 'message-finish':
          return 'finish';
        default:
          return data.event;
      }
    }
    case 'values':
      return `${(event.params.data.messages ?? []).length} messages`;
    case 'checkpoints':
      return `${event.params.data.source} ${event.params.data.step}`;
    case 'updates':
      return String(event.params.data.node);
    case 'tasks':
      return `${event.params.data.name} ${'result' in event.params.data || 'error' in event.params.data ? 'ended' : 'started'}`;
    case 'tools': {
      const { data } = event.params;
      return `${data.event} ${data.event === 'tool-started' ? `${data.tool_name} ${JSON.stringify(data.input)}` : data.tool_call_id}`;
    }
    case 'input.requested':
      return JSON.stringify(event.params.data.payload);
    default:
      return JSON.stringify(event.params.data);
  }
}
