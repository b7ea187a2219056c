import { type DanglingCall, STOPPED, type ToolTurn } from './dangling-tool-calls.ts';

/** A message of a conversation that a run is to start with. */
export type Entry<M> = {
  readonly message: M;
  readonly turn: ToolTurn & { readonly content?: unknown; readonly status?: unknown };
  /** Whether the state had it, perhaps edited since, or the input brings it. */
  readonly from: 'STATE' | 'INPUT';
};

export type CompletedTurns<M> = {
  /** The very list of messages where nothing was to be done. */
  readonly messages: readonly M[];
  readonly isUnchanged: boolean;
  /** Answers of the server that the input's own replaced, by the message that came in its place. */
  readonly replaced: ReadonlyMap<M, M>;
  /** Those that were made, with the message that asked. */
  readonly made: readonly { readonly asker: M; readonly answer: M }[];
};

/** An answer that the server gave in place of a tool: the tool's own may still come. */
const isStopped = ({ turn }: Entry<unknown>): boolean => turn.status === 'error' && turn.content === STOPPED;

type Item<M> = { readonly entry: Entry<M>; readonly answers: Entry<M>[] };

/**
 * What the reducer makes of a state and an input, as model providers take it: each tool call answered once, directly behind its message. Pure.
 *
 * - A call without an answer gets one, but for those of a last message that the input brings: its graph is to execute them.
 * - An answer elsewhere moves behind its call. The input's answer replaces the server's in place.
 * - Dropped are answers that the input brings to calls that were never made or are truly answered, and those whose call the input has removed.
 *
 * An answer counts for the nearest call of its id before it. What the state held before, without a call, stays: some graphs keep tool messages alone.
 *
 * @param askedBefore ids of calls that the state had, whatever the input has made of it
 */
export function completeTurns<M>(
  entries: readonly Entry<M>[],
  askedBefore: ReadonlySet<string>,
  answerTo: (call: Pick<DanglingCall, 'id' | 'name'>) => M,
): CompletedTurns<M> {
  const items: Item<M>[] = [];
  const asked = new Map<string, Item<M>>();
  for (const entry of entries) {
    const { type, tool_call_id: answered, tool_calls: calls = [] } = entry.turn;
    const asker = type === 'tool' && answered !== undefined ? asked.get(answered) : undefined;
    if (asker !== undefined) asker.answers.push(entry);
    else if (type !== 'tool' || !isOrphan(entry, askedBefore)) {
      const item: Item<M> = { entry, answers: [] };
      items.push(item);
      if (type === 'ai') for (const { id } of calls) if (id) asked.set(id, item);
    }
  }
  const replaced = new Map<M, M>();
  const made: { readonly asker: M; readonly answer: M }[] = [];
  const messages = items.flatMap((item, index): M[] => {
    const { entry, answers } = item;
    const calls = entry.turn.type === 'ai' ? (entry.turn.tool_calls ?? []).filter(({ id }) => id) : [];
    const kept = keptAnswers(answers, replaced);
    const isForGraph = index === items.length - 1 && entry.from === 'INPUT' && kept.length === 0;
    const open = isForGraph ? [] : calls.filter(({ id }) => !answers.some(({ turn }) => turn.tool_call_id === id));
    const own = open.map((call) => answerTo({ id: String(call.id), name: call.name }));
    for (const answer of own) made.push({ asker: entry.message, answer });
    return [entry.message, ...kept.map(({ message }) => message), ...own];
  });
  const isUnchanged = messages.length === entries.length && messages.every((message, index) => message === entries[index]?.message);
  return { messages, isUnchanged, replaced, made };
}

function isOrphan<M>(entry: Entry<M>, askedBefore: ReadonlySet<string>): boolean {
  return entry.from === 'INPUT' || isStopped(entry) || askedBefore.has(String(entry.turn.tool_call_id));
}

/** Of each call's answers the true ones that the state has, else the first that the input brings, else the server's. */
function keptAnswers<M>(answers: readonly Entry<M>[], replaced: Map<M, M>): Entry<M>[] {
  const kept: Entry<M>[] = [];
  for (const answer of answers) {
    const at = kept.findIndex(({ turn }) => turn.tool_call_id === answer.turn.tool_call_id);
    const earlier = kept[at];
    if (earlier === undefined || (answer.from === 'STATE' && !isStopped(answer) && !isStopped(earlier))) kept.push(answer);
    else if (isStopped(earlier) && !isStopped(answer)) {
      kept[at] = answer;
      replaced.set(answer.message, earlier.message);
    }
  }
  return kept;
}
