import type { MessageMetadata, MessagesData, Namespace } from '@langchain/protocol';
import type { RunId } from '../../domain/ids.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { MessageJson } from '../../domain/message.ts';
import { begin, grow, type MessageSoFar } from '../../domain/message-fold.ts';
import type { FollowedBody } from '../../orchestrator/ports/subscriptions.ts';
import { ContentBlocks } from './content-blocks.ts';
import { namespaceOf, type Said } from './event.ts';
import { TOOL_NODE } from './tools.ts';

type Body<K extends FollowedBody['kind']> = Extract<FollowedBody, { kind: K }>;
type MessageBody = Body<'MESSAGE_STARTED' | 'MESSAGE_DELTA' | 'MESSAGE_CHUNK' | 'MESSAGE_COMPLETED'>;
type OpenMessage = {
  readonly id: string;
  readonly namespace: Namespace;
  readonly node: string;
  readonly blocks: ContentBlocks;
  soFar: MessageSoFar;
};

/**
 * The `messages` channel: what nodes let the AI say, as message-start, the content as blocks that follow each
 * other, and message-finish. All other messages (humans', tools' answers, an input's) are in `values`. A
 * reader that joins in the middle of a message without having seen its start gets nothing of it.
 */
export class Messages {
  readonly #open = new Map<string, OpenMessage>();

  map(body: MessageBody, runId: RunId | null, timestamp: number): Said<'messages'>[] {
    if (body.kind === 'MESSAGE_STARTED') return this.#start(body, runId, timestamp);
    const id = body.kind === 'MESSAGE_COMPLETED' ? body.message.id : body.messageId;
    const open = this.#open.get(id ?? '');
    if (open === undefined) return [];
    switch (body.kind) {
      case 'MESSAGE_DELTA':
      case 'MESSAGE_CHUNK':
        open.soFar = grow(open.soFar, body);
        return said(open, timestamp, open.blocks.show(open.soFar));
      case 'MESSAGE_COMPLETED':
        this.#open.delete(open.id);
        return said(open, timestamp, [...open.blocks.finish(body.message), finishOf(body.message)]);
    }
  }

  /** Nothing more comes of what is open: its run ended, or it was taken back. */
  abandon(timestamp: number): Said<'messages'>[] {
    const error: MessagesData = { event: 'error', message: 'The message was not finished.', code: 'aborted' };
    const abandoned = [...this.#open.values()].flatMap((open) => said(open, timestamp, [error]));
    this.#open.clear();
    return abandoned;
  }

  #start(started: Body<'MESSAGE_STARTED'>, runId: RunId | null, timestamp: number): Said<'messages'>[] {
    const { ns, node, message, metadata } = started;
    const { id, type } = message;
    // A message that no node made was found in the state: an input, or an update by a client.
    if (typeof id !== 'string' || type !== 'ai' || node === null) return [];
    // Clients look for a graph's messages at the graph's namespace. What a tool lets a model say for itself
    // is not the graph's: it is below its task.
    const task = metadata?.['langgraph_checkpoint_ns'];
    const namespace = namespaceOf(node === TOOL_NODE && typeof task === 'string' ? task : ns);
    const open = { id, namespace, node, blocks: new ContentBlocks(), soFar: begin(started) };
    this.#open.set(id, open);
    return said(open, timestamp, [
      { event: 'message-start', role: 'ai', id, metadata: conciseMetadata(metadata, runId) },
    ]);
  }
}

/**
 * Messages of tasks that run at once alternate in one namespace. Clients distinguish them by `message_id`
 * (Python) and `run_id` (JavaScript): that of the model's run, by which LangChain names a message that has no
 * id of its own.
 */
function said(
  { id, namespace, node }: OpenMessage,
  timestamp: number,
  data: readonly MessagesData[],
): Said<'messages'>[] {
  const keys = { message_id: id, run_id: id.replace(/^run-/, '') };
  return data.map((one) => ({
    method: 'messages',
    params: { namespace, timestamp, node, data: { ...one, ...keys } },
  }));
}

function finishOf({ usage_metadata, response_metadata }: MessageJson): MessagesData {
  const hasMetadata = response_metadata !== undefined && Object.keys(response_metadata).length > 0;
  return {
    event: 'message-finish',
    ...(usage_metadata == null ? {} : { usage: usage_metadata }),
    // Says of a message that was cut off that it is partial. JavaScript's engine has it by the first name,
    // Python's clients read the second.
    ...(hasMetadata ? { responseMetadata: response_metadata, metadata: response_metadata } : {}),
  };
}

const scalar = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;

function conciseMetadata(metadata: JsonObject | undefined, runId: RunId | null): MessageMetadata {
  const entries = {
    provider: scalar(metadata?.['ls_provider']),
    model: scalar(metadata?.['ls_model_name']),
    model_type: scalar(metadata?.['ls_model_type']),
    thread_id: scalar(metadata?.['thread_id']),
    run_id: runId ?? undefined,
  };
  return Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined));
}
