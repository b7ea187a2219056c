import { coerceMessageLikeToMessage } from '@langchain/core/messages';
import { isJsonObject, type Json } from '../../domain/json.ts';
import type { StateMessage } from '../execution/messages-channel.ts';
import { isMessage } from '../state/to-json.ts';
import { type MessagesReducer, toolTurn } from './message-list.ts';
import type { DanglingCall } from './tool-calls.ts';
import { type CompletedTurns, completeTurns, type Entry } from './tool-calls.ts';

type Message = StateMessage | Json;
type AnswerTo = (call: Pick<DanglingCall, 'id' | 'name'>) => Message;

/** The state's conversation, and what becomes of it when messages come. */
export class ReducedConversation {
  readonly messages: readonly StateMessage[];
  readonly #reducer: MessagesReducer | null;
  readonly #known: ReadonlySet<unknown>;
  readonly #asked: ReadonlySet<string>;

  /** @param reducer the graph's own; null: messages come behind the others */
  constructor(messages: readonly StateMessage[], reducer: MessagesReducer | null) {
    this.messages = messages;
    this.#reducer = reducer;
    this.#known = new Set<unknown>(
      messages.flatMap((message) => (message.id ? [message, message.id] : [message])),
    );
    this.#asked = new Set(
      messages.flatMap((message) =>
        (toolTurn(message).tool_calls ?? []).flatMap(({ id }) => (id ? [id] : [])),
      ),
    );
  }

  /** What the reducer makes of these messages, one list after another. Throws as the reducer does. */
  after(...lists: readonly (readonly Message[])[]): readonly Message[] {
    let reduced: readonly Message[] = this.messages;
    for (const list of lists) {
      if (list.length === 0) continue;
      if (this.#reducer === null) reduced = [...reduced, ...list];
      else {
        const trial = this.#reducer.fromCheckpoint([...reduced]);
        trial.update([[...list]]);
        const outcome = trial.get();
        reduced = Array.isArray(outcome) ? (outcome as Message[]) : [];
      }
    }
    return reduced;
  }

  /** The list as model providers take it. */
  completed(list: readonly Message[], answerTo: AnswerTo): CompletedTurns<Message> {
    return completeTurns(
      list.map((message) => this.#entry(message)),
      this.#asked,
      answerTo,
    );
  }

  /** Does the state have this message, or one with its id? */
  has(message: Message): boolean {
    return this.#known.has(message) || this.#known.has(idOf(message));
  }

  #entry(message: Message): Entry<Message> {
    return { message, turn: turnOf(message), from: this.has(message) ? 'STATE' : 'INPUT' };
  }
}

export const idOf = (message: Message): string | undefined =>
  typeof message === 'object' && message !== null && 'id' in message && typeof message.id === 'string'
    ? message.id
    : undefined;

/**
 * What a message says about tool calls, in whichever form it came: LangChain's and OpenAI's are read as
 * LangGraph's reducer reads them.
 */
export function turnOf(message: Message): Entry<Message>['turn'] {
  if (isMessage(message)) return { ...toolTurn(message as StateMessage), ...answerOf(message) };
  try {
    const read = coerceMessageLikeToMessage(message as Parameters<typeof coerceMessageLikeToMessage>[0]);
    return { ...toolTurn(read as StateMessage), ...answerOf(read) };
  } catch {
    // of a kind that only the graph's own reducer knows
    return isJsonObject(message) ? toolTurn(message as StateMessage) : { type: '' };
  }
}

const answerOf = (message: object): { readonly content?: unknown; readonly status?: unknown } => {
  const { content, status } = message as { readonly content?: unknown; readonly status?: unknown };
  return { content, status };
};
