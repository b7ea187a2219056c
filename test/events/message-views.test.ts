import { AIMessageChunk } from '@langchain/core/messages';
import { MessagesAnnotation, START, StateGraph } from '@langchain/langgraph';
import { MessageAssembler } from '@langchain/langgraph-sdk/client';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { emptyConversation, type MessageEvent, reduceMessages } from '../../src/client/public.ts';
import type { EventBody } from '../../src/domain/event.ts';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { type MessageJson, textOf, toolCallsOf } from '../../src/domain/message.ts';
import { MessageFold, OpenMessages, partialsFromLog, wholeSoFar } from '../../src/domain/message-fold.ts';
import { withoutHalf } from '../../src/domain/text.ts';
import { conversationAfter } from '../../src/events/expansion.ts';
import { joinDeltas } from '../../src/events/follower.ts';
import { MessageRecorder } from '../../src/graphs/execution/message-recorder.ts';
import { ConversationScope, stateMessageToJson } from '../../src/graphs/execution/messages-channel.ts';
import type { CompiledGraph } from '../../src/graphs/loading/graph-source.ts';
import { partialText } from '../../src/graphs/reconcile/collect-partial-messages.ts';
import type { FollowedBody } from '../../src/orchestrator/ports/subscriptions.ts';
import { Messages } from '../../src/rest/event-streaming/messages.ts';
import type { RestStreamMode } from '../../src/rest/runs/run-schema.ts';
import { MessageEvents } from '../../src/rest/streaming/message-events.ts';

/*
 * Models stream chunks of all kinds, several at once; workers are lost, runs are stopped anywhere. What each reader and the repair make of the events is
 * compared with what LangChain makes of the same chunks, which is what the graph stores.
 */

type Chunk = { readonly content: Json } & JsonObject;

// What models say.

const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\u{1f600}', '\u{1f3fd}'), maxLength: 8 });

/** Divides texts anywhere, in the middle of a character too. */
const piecesOf = (whole: string, cuts: readonly number[]): string[] => {
  const bounds = [0, ...cuts.map((cut) => cut % (whole.length + 1)).sort((a, b) => a - b), whole.length];
  return bounds.slice(1).map((end, at) => whole.slice(bounds[at], end));
};
const pieces = fc
  .tuple(text, fc.array(fc.nat(), { maxLength: 3 }))
  .map(([whole, cuts]) => piecesOf(whole, cuts));

const named = fc
  .array(fc.tuple(fc.constantFrom('text', 'thinking', 'tool_use'), pieces), { maxLength: 3 })
  .map((blocks) =>
    blocks.flatMap(([type, parts], index) =>
      parts.map((part) => [{ type, [memberOf(type)]: part, index }] as Json),
    ),
  );
const memberOf = (type: string): string => (type === 'tool_use' ? 'input' : type);

/** Whole characters alone: of blocks that nothing continues half a character is a block's own. */
const unnamed = fc.array(
  fc.oneof(text, fc.array(fc.record({ type: fc.constantFrom('text', 'thinking'), text }), { maxLength: 2 })),
  {
    maxLength: 5,
  },
) as fc.Arbitrary<Json[]>;

const content: fc.Arbitrary<Json[]> = fc.oneof(pieces, named, unnamed);

const ARGS = ['{}', '{"at":"Rome","days":[1,2]}', '{"say":"\u{1f600}"}', '{"open":', 'no JSON'];
const calls = fc
  .array(fc.tuple(fc.constantFrom(...ARGS), fc.array(fc.nat(), { maxLength: 2 })), { maxLength: 2 })
  .chain((all) =>
    interleaved(
      all.map(([args, cuts], index) => [
        { index, id: `call-${index}`, name: 'look', args: '' },
        ...piecesOf(args, cuts).map((part) => ({ index, args: part })),
      ]),
    ),
  );

/** The lists as one, each in its order. */
function interleaved<T>(lists: readonly (readonly T[])[]): fc.Arbitrary<T[]> {
  const turns = lists.flatMap((list, at) => list.map(() => at));
  return fc.shuffledSubarray(turns, { minLength: turns.length }).map((order) => {
    const left = lists.map((list) => [...list]);
    return order.map((at) => left[at]?.shift() as T);
  });
}

const chunks: fc.Arbitrary<Chunk[]> = fc
  .tuple(content, calls)
  .chain(([said, called]) =>
    interleaved<Chunk>([
      said.map((one) => ({ content: one })),
      called.map((call) => ({ content: '', tool_call_chunks: [call] })),
    ]),
  )
  .chain((all) =>
    fc.tuple(
      fc.constant(all),
      fc.array(
        fc.constantFrom<Partial<Chunk>>(
          {},
          { additional_kwargs: { reasoning_content: 'hm ' } },
          { usage_metadata: { output_tokens: 1 } },
        ),
        {
          minLength: all.length,
          maxLength: all.length,
        },
      ),
      fc.constantFrom<Chunk[]>([], [{ content: '' }], [{ content: [] }]),
      fc.constantFrom<Chunk[]>(
        [],
        [{ content: '', response_metadata: { finish_reason: 'stop' }, usage_metadata: { input_tokens: 2 } }],
      ),
    ),
  )
  // A list that is empty comes first or not at all: behind a text it would make a text that follows a block.
  .map(([all, more, first, last]) => [
    ...first,
    ...all.map((one, at) => ({ ...one, ...more[at] }) as Chunk),
    ...last,
  ])
  .filter((all) => all.length > 0);

// What a run does.

type Step = { readonly task: number } | 'LOST' | 'CHECKPOINT';
const run = fc.array(chunks, { minLength: 1, maxLength: 3 }).chain((messages) =>
  fc.record({
    messages: fc.constant(messages),
    /** Whose chunk comes next; one time more than a task has chunks it ends. */
    steps: fc.array<Step>(
      fc.oneof(
        { weight: 30, arbitrary: fc.record({ task: fc.nat({ max: messages.length - 1 }) }) },
        { weight: 1, arbitrary: fc.constant('LOST' as const) },
        { weight: 1, arbitrary: fc.constant('CHECKPOINT' as const) },
      ),
      { minLength: 1, maxLength: 60 },
    ),
  }),
);
type Run = typeof run extends fc.Arbitrary<infer T> ? T : never;

const graph = new StateGraph(MessagesAnnotation)
  .addNode('agent', () => ({}))
  .addEdge(START, 'agent')
  .compile();
const scope = new ConversationScope(graph as unknown as CompiledGraph);

type Played = {
  readonly events: readonly EventBody[];
  /** The state's conversation at each checkpoint that is named. */
  readonly states: ReadonlyMap<string, readonly MessageJson[]>;
  /** What LangChain makes of the chunks of each message that is complete. */
  readonly stored: ReadonlyMap<string, MessageJson>;
  readonly recorder: MessageRecorder;
};

function play({ messages, steps }: Run): Played {
  const events: EventBody[] = [];
  const states = new Map<string, readonly MessageJson[]>();
  const stored = new Map<string, MessageJson>();
  let attempt = 1;
  let state: readonly AIMessageChunk[] = [];
  let written: AIMessageChunk[] = [];
  let recorder = new MessageRecorder(scope, []);
  const tasks = messages.map((all, task) => ({ task, all, next: 0, sum: null as AIMessageChunk | null }));
  for (const step of steps) {
    if (step === 'LOST') {
      attempt += 1;
      written = [];
      for (const one of tasks) if (one.next <= one.all.length) [one.next, one.sum] = [0, null];
      for (const one of tasks)
        if (one.sum !== null && !state.includes(one.sum)) [one.next, one.sum] = [0, null];
      recorder = new MessageRecorder(scope, state);
      states.set(`lost ${attempt}`, state.map(stateMessageToJson));
      events.push(
        { kind: 'RUN_RESUMED', attempt },
        { kind: 'MESSAGES_RESET', checkpointId: `lost ${attempt}` },
      );
    } else if (step === 'CHECKPOINT') {
      // The superstep ends when all of its tasks have.
      if (tasks.some(({ next, all }) => next > 0 && next <= all.length)) continue;
      state = [...state, ...written];
      written = [];
      states.set(`at ${events.length}`, state.map(stateMessageToJson));
      events.push(...recorder.checkpoint('', `at ${events.length}`, { messages: state }));
    } else {
      const one = tasks[step.task];
      if (one === undefined || one.next > one.all.length) continue;
      const id = `message ${one.task} of ${attempt}`;
      const fields = one.all[one.next];
      one.next += 1;
      if (fields === undefined) {
        const message = one.sum as AIMessageChunk;
        stored.set(String(message.id), stateMessageToJson(message));
        written.push(message);
        events.push(...recorder.taskEnded(`task ${one.task}`, { messages: [message] }));
        continue;
      }
      const chunk = new AIMessageChunk({ ...structuredClone(fields), id } as ConstructorParameters<
        typeof AIMessageChunk
      >[0]);
      one.sum = one.sum === null ? chunk : one.sum.concat(chunk);
      const metadata = {
        langgraph_node: 'agent',
        langgraph_checkpoint_ns: `agent:task ${one.task}`,
        name: 'model',
      };
      events.push(...recorder.message('', chunk, metadata));
    }
  }
  return { events, states, stored, recorder };
}

const resetOf = (
  { states }: Played,
  body: Extract<EventBody, { kind: 'MESSAGES_RESET' }>,
): readonly MessageJson[] => states.get(body.checkpointId ?? '') ?? [];

/** As readers get them. */
const followed = (played: Played): FollowedBody[] =>
  played.events.map((body) =>
    body.kind === 'MESSAGES_RESET' ? { ...body, messages: resetOf(played, body) } : (body as FollowedBody),
  );

/**
 * Counts as LangChain has them of two chunks or more; of a single one it leaves out those that are absent.
 */
const counted = (message: MessageJson): MessageJson => {
  const { usage_metadata: usage, ...others } = message;
  const none = {
    input_tokens: 0,
    output_tokens: 0,
    total_tokens: 0,
    input_token_details: {},
    output_token_details: {},
  };
  return usage == null ? message : { ...others, usage_metadata: { ...none, ...usage } as JsonObject };
};

// The readers.

const ofGraphql = (message: MessageJson) => ({
  __typename: message.type === 'ai' ? 'AIMessage' : 'OtherMessage',
  id: message.id ?? null,
  type: message.type,
  text: textOf(message.content),
  content: message.content,
});
const eventOf = (body: FollowedBody): MessageEvent[] => {
  const at = { cursor: 'c', createdAt: '', runId: 'run', namespace: [], node: null };
  const of = (event: object): MessageEvent[] => [{ ...at, ...event } as unknown as MessageEvent];
  switch (body.kind) {
    case 'MESSAGE_STARTED':
      return of({ __typename: 'MessageStarted', message: ofGraphql(body.message) });
    case 'MESSAGE_DELTA':
      return of({
        __typename: 'MessageDelta',
        messageId: body.messageId,
        text: body.text,
        content: body.content,
      });
    case 'MESSAGE_COMPLETED':
      return of({ __typename: 'MessageCompleted', message: ofGraphql(body.message) });
    case 'MESSAGES_RESET':
      return of({ __typename: 'MessagesReset', messages: body.messages.map(ofGraphql) });
    default:
      return [];
  }
};
type Line = readonly [id: string | null, content: unknown, text: string];
const linesOfClient = (bodies: readonly FollowedBody[]): Line[] =>
  bodies
    .flatMap(eventOf)
    .reduce(reduceMessages, emptyConversation)
    .messages.map(({ id, content: said, text: read }) => [id, said, read]);
const linesOf = (messages: readonly MessageJson[]): Line[] =>
  messages.map(({ id, content: said }) => [id ?? null, said, textOf(said)]);

function joined(bodies: readonly FollowedBody[]): FollowedBody[] {
  const waiting = bodies.map((body, at) => ({
    threadId: 't' as never,
    seq: at + 1,
    runId: null,
    createdAt: new Date(0),
    body: body as EventBody,
  }));
  // Who lags has as many more waiting behind them.
  const behind = Array.from({ length: 40 }, () => ({
    ...waiting[0]!,
    body: { kind: 'RUN_QUEUED' } as EventBody,
  }));
  const all = [...waiting, ...behind];
  const taken: FollowedBody[] = [];
  for (let next = joinDeltas(all); next !== null; next = joinDeltas(all))
    taken.push(next.body as FollowedBody);
  return taken.filter(({ kind }) => kind !== 'RUN_QUEUED');
}

function restEvents(mode: RestStreamMode, bodies: readonly FollowedBody[]) {
  const events = new MessageEvents({ modes: [mode], subgraphs: true });
  return bodies.map((body) => ({ body, made: events.of(body) }));
}

const RUNS = { numRuns: 300 };

test('before it is complete a message is what LangChain makes of its chunks, for who folds it live, late, or joined', () => {
  fc.assert(
    fc.property(run, (one) => {
      const played = play(one);
      for (const bodies of [followed(played), joined(followed(played))]) {
        const open = new OpenMessages();
        for (const body of bodies) {
          if (body.kind === 'MESSAGE_STARTED') open.start(body);
          if (body.kind === 'MESSAGE_DELTA' || body.kind === 'MESSAGE_CHUNK') open.add(body);
          if (body.kind === 'MESSAGES_RESET') open.clear();
          if (body.kind !== 'MESSAGE_COMPLETED') continue;
          const soFar = open.complete(body.message.id);
          const stored = played.stored.get(body.message.id ?? '');
          expect(counted(wholeSoFar(soFar!))).toEqual(counted(stored!));
          expect(body.message).toEqual(stored);
        }
      }
    }),
    RUNS,
  );
});

test('a reader of the typed client that comes at any time has what one that was there from the start has', async () => {
  await fc.assert(
    fc.asyncProperty(run, fc.double({ min: 0, max: 1, noNaN: true }), async (one, share) => {
      const played = play(one);
      const bodies = followed(played);
      const cut = Math.floor(share * bodies.length);

      const start = await conversationAfter([], played.events.slice(0, cut), async (body) =>
        resetOf(played, body),
      );

      const live = linesOfClient(bodies);
      const whole: FollowedBody = { kind: 'MESSAGES_RESET', messages: start };
      expect(linesOfClient([whole, ...bodies.slice(cut)])).toEqual(live);
      expect(linesOfClient(joined(bodies))).toEqual(live);
      const fold = new MessageFold();
      for (const body of played.events)
        body.kind === 'MESSAGES_RESET' ? fold.reset(resetOf(played, body)) : fold.add(body);
      expect(linesOf(fold.messages)).toEqual(live);
    }),
    RUNS,
  );
});

test('whenever a run is stopped, what is kept of a message is the text that its readers have, in whole characters', () => {
  fc.assert(
    fc.property(run, (one) => {
      const { events, recorder } = play(one);
      const partials = recorder.partials();
      const fold = new MessageFold();
      for (const body of events) body.kind === 'MESSAGES_RESET' ? fold.reset([]) : fold.add(body);

      expect(partialsFromLog(events)).toEqual(partials);
      for (const body of events)
        if (body.kind === 'MESSAGE_DELTA') expect(halvesOf(body.content)).toEqual([]);
      expect(partials.map(({ messageId, content: said }) => [messageId, said])).toEqual(
        [...fold.open].map(({ started, content: said }) => [started.message.id, said]),
      );
      for (const { content: said } of partials) {
        const kept = textOf(partialText(said));
        expect(kept.isWellFormed()).toBe(true);
        const read = withoutHalf(textsOf(said));
        // Blocks of white space alone go.
        expect(kept.replaceAll(' ', '')).toBe(read.replaceAll(' ', ''));
      }
    }),
    RUNS,
  );
});

test('messages/partial, the chunks of messages-tuple and the blocks of event streaming add up to the message that is stored', () => {
  fc.assert(
    fc.property(run, (one) => {
      const played = play(one);
      const bodies = followed(played);
      const partial = new Map<string, MessageJson>();
      for (const { body, made } of restEvents('messages', bodies)) {
        for (const { event, data } of made)
          if (event === 'messages/partial')
            partial.set((data as [MessageJson])[0].id ?? '', (data as [MessageJson])[0]);
        const last = body.kind === 'MESSAGE_COMPLETED' ? partial.get(body.message.id ?? '') : undefined;
        if (last !== undefined) expect(counted(last)).toEqual(counted(played.stored.get(last.id ?? '')!));
      }

      const sums = new Map<string, AIMessageChunk>();
      for (const { body, made } of restEvents('messages-tuple', bodies)) {
        for (const { data } of made) {
          const [fields] = data as unknown as [ConstructorParameters<typeof AIMessageChunk>[0] & MessageJson];
          if (fields.type !== 'AIMessageChunk') continue; // one that came whole
          const sum = sums.get(fields.id ?? '');
          sums.set(
            fields.id ?? '',
            sum === undefined ? new AIMessageChunk(fields) : sum.concat(new AIMessageChunk(fields)),
          );
        }
        const sum = body.kind === 'MESSAGE_COMPLETED' ? sums.get(body.message.id ?? '') : undefined;
        if (sum !== undefined)
          expect(counted(stateMessageToJson(sum))).toEqual(counted(played.stored.get(sum.id ?? '')!));
      }

      const [messages, assembler] = [new Messages(), new MessageAssembler()];
      for (const body of bodies) {
        if (body.kind === 'MESSAGES_RESET')
          for (const said of messages.abandon(0)) assembler.consume(said as never);
        if (!('message' in body || 'messageId' in body)) continue;
        const updates = messages.map(body as never, null, 0).map((said) => assembler.consume(said as never));
        const whole = updates.find((update) => update?.kind === 'message-finish')?.message;
        if (whole === undefined || body.kind !== 'MESSAGE_COMPLETED') continue;
        const of = (type: string) =>
          whole.blocks.filter((block) => block?.type === type) as unknown as JsonObject[];
        const stored = played.stored.get(body.message.id ?? '')!;
        const characters = (all: readonly Json[]) => [...all.join('')].toSorted();
        expect(characters(of('text').map((block) => block['text'] ?? ''))).toEqual(
          characters([textsOf(stored.content)]),
        );
        expect(of('tool_call').map(({ id, args }) => [id, args])).toEqual(
          toolCallsOf(stored.tool_calls).map(({ id, args }) => [id, args]),
        );
      }
    }),
    RUNS,
  );
});

/** Texts with half a character that are pieces of a longer one. */
const halvesOf = (said: Json): Json[] =>
  (Array.isArray(said)
    ? said.filter((block) => (block as JsonObject)['index'] !== undefined)
    : [said]
  ).filter(
    (one) =>
      !Object.values(typeof one === 'string' ? { one } : (one as JsonObject)).every((member) =>
        String(member).isWellFormed(),
      ),
  );

const textsOf = (said: Json): string =>
  Array.isArray(said)
    ? textOf(said.filter((block) => typeof block === 'string' || (block as JsonObject)['type'] === 'text'))
    : textOf(said);
