import type { EventKind } from '../../src/domain/event.ts';
import type { ThreadId } from '../../src/domain/ids.ts';
import { DEFAULT_OWNER } from '../../src/domain/ids.ts';
import { type MessageJson, textOf } from '../../src/domain/message.ts';
import { CONVERSATION_KINDS, kindsOf } from '../../src/events/event-kinds.ts';
import type {
  Followed,
  FollowedBody,
  FollowedEvent,
  StreamMode,
} from '../../src/orchestrator/ports/subscriptions.ts';
import type { ConversationLine, SeenEvent, Subscription } from '../chaos/history/observed.ts';
import type { Fleet } from './fleet.ts';
import type { Requests } from './requests.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

export type FollowerParts = {
  readonly world: World;
  readonly fleet: Fleet;
  readonly requests: Requests;
  readonly watch: Watch;
  /** Takes what was seen through one connection. */
  readonly record: (seen: Seen) => void;
};
/** A subscription that is still going on. */
export type Seen = { -readonly [K in keyof Subscription]: Subscription[K] } & {
  readonly events: SeenEvent[];
};

export type Wanted = {
  readonly client: string;
  readonly threadId: ThreadId;
  readonly what: 'thread' | 'conversation' | { readonly runId: string };
  /** It leaves after so many events; null: it stays. */
  readonly leavesAfter: number | null;
};

const MODES: readonly StreamMode[] = ['MESSAGES', 'UPDATES'];
const RECONNECT_MS = 20;
/** How often a connection takes its time. */
const SLOW = 0.25;

/** One subscriber, who comes back with the cursor of its last event whenever its connection breaks. */
export class SimulatedFollower {
  readonly kinds: ReadonlySet<EventKind>;
  readonly threadId: ThreadId;
  /** What the subscriber of a conversation has put together. */
  readonly conversation: ConversationLine[] = [];
  /** It has got everything up to here. */
  lastSeq = 0;
  readonly #parts: FollowerParts;
  readonly #wanted: Wanted;
  #cursor: string | undefined;
  #count = 0;
  #isOver = false;

  constructor(parts: FollowerParts, wanted: Wanted) {
    this.#parts = parts;
    this.#wanted = wanted;
    this.threadId = wanted.threadId;
    this.kinds = wanted.what === 'conversation' ? CONVERSATION_KINDS : kindsOf(MODES);
    this.#connect(0);
  }

  /** It waits for what comes. */
  get stays(): boolean {
    return !this.#isOver;
  }

  /** Of a run; null: of the whole thread. */
  get runId(): string | null {
    return typeof this.#wanted.what === 'object' ? this.#wanted.what.runId : null;
  }

  get isConversing(): boolean {
    return this.#wanted.what === 'conversation';
  }

  #connect(number: number): void {
    const { world, fleet, requests, watch } = this.#parts;
    const { client, threadId, what } = this.#wanted;
    const process = fleet.choose(number);
    if (process === null) {
      this.#again(number);
      return;
    }
    requests.send(
      process,
      `${client} follows`,
      () => this.#follow(process),
      (answer) => {
        if (answer.kind === 'lost') return this.#again(number);
        if (answer.value.kind === 'refused') {
          this.#isOver = true;
          // A run that was rolled back is nowhere.
          if (typeof what !== 'object' || answer.value.code !== 'NOT_FOUND')
            watch.report('I7', threadId, `${client} was refused: ${answer.value.message}`);
          return;
        }
        const seen: Seen = {
          client,
          threadId,
          runId: this.runId,
          afterSeq: this.lastSeq,
          kinds: this.kinds,
          events: [],
          end: 'stayed',
        };
        if (what !== 'conversation') this.#parts.record(seen);
        const onGone = () => world.step(null, `${client} is cut off`, () => this.#broken(seen, number));
        if (process.isUp) process.onGone.add(onGone);
        else onGone();
        this.#pull(process, answer.value.events, seen, () => process.onGone.delete(onGone));
      },
    );
  }

  #follow({ orchestrator }: SimulatedProcess): Promise<Followed> {
    const { threadId, what } = this.#wanted;
    const [owner, after] = [DEFAULT_OWNER, this.#cursor];
    if (what === 'conversation')
      return orchestrator.followMessages({ owner, threadId, after, fromStart: after === undefined });
    const from = after === undefined ? { afterSeq: 0 } : { after };
    if (what === 'thread') return orchestrator.followThread({ owner, threadId, ...from, modes: MODES });
    return orchestrator.followRun({ owner, runId: what.runId, ...from, modes: MODES });
  }

  /**
   * Sends what there is as it comes, in order; now and then the connection is slow, and nothing is asked for
   * until what was sent has arrived.
   */
  #pull(
    process: SimulatedProcess,
    events: AsyncIterableIterator<FollowedEvent>,
    seen: Seen,
    disconnect: () => void,
  ): void {
    const { world } = this.#parts;
    const { client } = this.#wanted;
    const sent: IteratorResult<FollowedEvent, undefined>[] = [];
    let waits = false;
    const next = (): void => {
      events.next().then(
        (result) => {
          sent.push(result);
          if (sent.length === 1) world.step(null, `${client} gets events`, arrive);
          waits = world.random.chance(SLOW);
          if (!waits && result.done !== true) next();
        },
        () =>
          world.step(null, `${client} gets an error`, () => {
            disconnect();
            this.#broken(seen, 1);
          }),
      );
    };
    const arrive = (): void => {
      for (const result of sent.splice(0)) {
        if (seen.end !== 'stayed') return;
        if (result.done !== true) this.#take(result.value, seen);
        else this.#isOver = true;
        if (!this.#isOver) continue;
        disconnect();
        seen.end = result.done === true ? 'completed' : 'left';
        world.step(process.life, `${client} leaves`, () => void events.return?.());
      }
      if (waits && seen.end === 'stayed') world.step(process.life, `${client} asks for more`, next);
    };
    world.step(process.life, `${client} asks for events`, next);
  }

  #take(event: FollowedEvent, seen: Seen): void {
    const { seq, body, runId, cursor } = event;
    this.#cursor = cursor;
    this.lastSeq = Math.max(this.lastSeq, seq);
    this.#count += 1;
    seen.events.push({
      seq,
      kind: body.kind as EventKind,
      runId,
      receivedAtMs: this.#parts.requests.instant(),
      ...factsOf(body),
    });
    if (this.#wanted.what === 'conversation') converse(this.conversation, body);
    this.#isOver = this.#count === this.#wanted.leavesAfter;
  }

  #broken(seen: Seen, number: number): void {
    if (seen.end !== 'stayed') return;
    seen.end = 'left';
    this.#again(number + 1);
  }

  #again(number: number): void {
    this.#parts.world.after(RECONNECT_MS, null, `${this.#wanted.client} comes back`, () =>
      this.#connect(number + 1),
    );
  }
}

function factsOf(body: FollowedBody): Partial<SeenEvent> {
  switch (body.kind) {
    case 'MESSAGE_DELTA':
      return { messageId: body.messageId, text: body.text };
    case 'MESSAGE_COMPLETED':
      return { messageId: body.message.id ?? '', text: textOf(body.message.content) };
    case 'RUN_QUEUED':
      return { label: String(body.run.metadata['label']) };
    default:
      return {};
  }
}

function converse(lines: ConversationLine[], body: FollowedBody): void {
  if (body.kind === 'MESSAGES_RESET') lines.splice(0, lines.length, ...body.messages.map(lineOf));
  if (body.kind === 'MESSAGE_STARTED' || body.kind === 'MESSAGE_COMPLETED') {
    const at = lines.findIndex(({ id }) => id === body.message.id);
    lines.splice(at === -1 ? lines.length : at, 1, lineOf(body.message));
  }
  if (body.kind !== 'MESSAGE_DELTA') return;
  const at = lines.findIndex(({ id }) => id === body.messageId);
  const line = lines[at];
  if (line !== undefined) lines[at] = { ...line, text: line.text + body.text };
}

const lineOf = ({ id, type, content, response_metadata }: MessageJson): ConversationLine => ({
  id: id ?? null,
  type,
  text: textOf(content),
  partial: response_metadata?.['partial'] === true,
});
