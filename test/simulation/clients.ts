import { DEFAULT_OWNER, type ThreadId } from '../../src/domain/ids.ts';
import type { Json } from '../../src/domain/json.ts';
import type { ThreadStateJson } from '../../src/orchestrator/ports/graph-host.ts';
import type { CreateRun, CreateRunOutcome } from '../../src/orchestrator/requests.ts';
import type { Call, CreateRunCall, SeenState } from '../chaos/history/observed.ts';
import type { Fleet } from './fleet.ts';
import { type FollowerParts, type Seen, SimulatedFollower } from './followers.ts';
import type { ClientAction, Create, Planned } from './plan.ts';
import type { Answer } from './requests.ts';
import type { SimulatedProcess } from './simulated-process.ts';

const owner = DEFAULT_OWNER;
/** A request with an idempotency key whose answer was lost is sent again, so often. */
const RETRIES = 2;
const RETRY_MS = 15;

type Sent = Pick<
  CreateRunCall,
  'label' | 'key' | 'strategy' | 'isDelayed' | 'hasMessage' | 'keepPendingInput'
> & {
  readonly client: string;
  readonly threadId: ThreadId;
  readonly command: CreateRun;
};
type Made = { readonly threadId: ThreadId; readonly runId: string };

/** The clients of a history: they do what the plan says, and write down what they did and saw. */
export class SimulatedClients {
  readonly calls: Call[] = [];
  readonly subscriptions: Seen[] = [];
  readonly followers: SimulatedFollower[] = [];
  readonly #parts: Omit<FollowerParts, 'record'>;
  readonly #threadIds: readonly ThreadId[];
  readonly #sent: Sent[] = [];
  readonly #made: Made[] = [];

  constructor(parts: Omit<FollowerParts, 'record'>, threadIds: readonly ThreadId[]) {
    this.#parts = parts;
    this.#threadIds = threadIds;
  }

  act({ client: number, process: processNumber, action }: Planned): void {
    const client = `C${number}`;
    const process = this.#fleet.choose(processNumber);
    if (process === null) return; // It finds nobody to ask.
    switch (action.do) {
      case 'create':
        this.create(client, processNumber, action);
        break;
      case 'repeat':
      case 'conflict':
        this.#sendAgain(client, process, action);
        break;
      case 'resume':
        this.#resume(client, process, this.#thread(action.thread), action.label);
        break;
      case 'cancel':
        this.#cancel(client, process, this.#run(action), action.action);
        break;
      case 'join':
        this.#join(client, process, this.#run(action));
        break;
      case 'follow-thread':
        this.follow(client, this.#thread(action.thread), 'thread', action.leavesAfter);
        break;
      case 'follow-run': {
        const run = this.#run(action);
        if (run !== undefined) this.follow(client, run.threadId, { runId: run.runId }, null);
      }
    }
  }

  create(client: string, processNumber: number, { thread, ...create }: Create): void {
    const { label, strategy, script, keepPartialOutput, keepPendingInput } = create;
    const key = create.isKeyed ? `key of ${label}` : null;
    const command: CreateRun = {
      ...wordsOf(label),
      owner,
      threadId: this.#thread(thread),
      assistantId: 'scripted',
      config: { script } as unknown as Json,
      strategy,
      keepPartialOutput,
      keepPendingInput,
      recordEvents: false,
      ...(key === null ? {} : { idempotencyKey: key }),
      ...(create.afterSeconds === null ? {} : { afterSeconds: create.afterSeconds }),
      ...(create.timeoutSeconds === null ? {} : { timeoutSeconds: create.timeoutSeconds }),
    };
    const isDelayed = create.afterSeconds !== null;
    const sent = {
      client,
      threadId: this.#thread(thread),
      command,
      label,
      key,
      strategy,
      isDelayed,
      hasMessage: true,
      keepPendingInput,
    };
    this.#sent.push(sent);
    this.#sendUntilAnswered(processNumber, sent, key === null ? 0 : RETRIES);
  }

  follow(
    client: string,
    threadId: ThreadId,
    what: ConstructorParameters<typeof SimulatedFollower>[1]['what'],
    leavesAfter: number | null,
  ): void {
    const record = (seen: Seen) => void this.subscriptions.push(seen);
    this.followers.push(
      new SimulatedFollower({ ...this.#parts, record }, { client, threadId, what, leavesAfter }),
    );
  }

  get #fleet(): Fleet {
    return this.#parts.fleet;
  }

  #thread(number: number): ThreadId {
    return this.#threadIds[number % this.#threadIds.length] as ThreadId;
  }

  #newest<T>(list: readonly T[], pick: number): T | undefined {
    return list[list.length - 1 - (pick % Math.max(list.length, 1))];
  }

  #run({ thread, pick }: { readonly thread: number; readonly pick: number }): Made | undefined {
    const threadId = this.#thread(thread);
    return this.#newest(
      this.#made.filter((made) => made.threadId === threadId),
      pick,
    );
  }

  /** An earlier request with its key, or another one with its key. */
  #sendAgain(
    client: string,
    process: SimulatedProcess,
    action: Extract<ClientAction, { do: 'repeat' | 'conflict' }>,
  ): void {
    const keyed = this.#sent.filter(({ key }) => key !== null);
    const sent = this.#newest(keyed, action.pick);
    if (sent === undefined) return;
    if (action.do === 'repeat') this.#send(process, { ...sent, client });
    else
      this.#send(process, {
        ...sent,
        client,
        label: action.label,
        command: { ...sent.command, ...wordsOf(action.label) },
      });
  }

  /** Waits for as long as there is nobody to ask; an answer that was lost costs one of the retries. */
  #sendUntilAnswered(processNumber: number, sent: Sent, retries: number): void {
    const { world, requests } = this.#parts;
    const again = (left: number): void => {
      if (left < 0) return;
      requests.pending += 1;
      world.after(RETRY_MS, null, 'try again', () => {
        requests.pending -= 1;
        this.#sendUntilAnswered(processNumber + 1, sent, left);
      });
    };
    const process = this.#fleet.choose(processNumber);
    if (process === null) again(retries);
    else this.#send(process, sent, () => again(retries - 1));
  }

  #send(process: SimulatedProcess, sent: Sent, onLost: () => void = () => {}): void {
    const { client, threadId, command, label, key, strategy, isDelayed, hasMessage, keepPendingInput } = sent;
    const invokedAtMs = this.#parts.requests.instant();
    const work = () => process.orchestrator.createRun(command);
    this.#parts.requests.send(process, `${client} creates ${label}`, work, (answer) => {
      const outcome = outcomeOf(answer);
      const returnedAtMs = this.#parts.requests.instant();
      const facts = {
        client,
        threadId,
        label,
        wish: null,
        key,
        strategy,
        isDelayed,
        hasMessage,
        keepPendingInput,
      };
      this.calls.push({ op: 'createRun', ...facts, invokedAtMs, returnedAtMs, outcome });
      if (outcome.kind === 'accepted') this.#made.push({ threadId, runId: outcome.runId });
      if (outcome.kind === 'lost') onLost();
    });
  }

  #resume(client: string, process: SimulatedProcess, threadId: ThreadId, label: string): void {
    const command: CreateRun = {
      owner,
      threadId,
      assistantId: 'scripted',
      command: { resume: 'go on' },
      metadata: { label },
      strategy: 'ENQUEUE',
      keepPartialOutput: true,
      keepPendingInput: true,
      recordEvents: false,
    };
    const facts = {
      key: null,
      strategy: 'ENQUEUE',
      isDelayed: false,
      hasMessage: false,
      keepPendingInput: true,
    } as const;
    this.#send(process, { client, threadId, label, command, ...facts });
  }

  #cancel(
    client: string,
    process: SimulatedProcess,
    made: Made | undefined,
    action: 'INTERRUPT' | 'ROLLBACK',
  ): void {
    if (made === undefined) return;
    const invokedAtMs = this.#parts.requests.instant();
    const work = () => process.orchestrator.cancelRun({ owner, ...made, action });
    this.#parts.requests.send(process, `${client} cancels a run`, work, (answer) => {
      const returnedAtMs = this.#parts.requests.instant();
      const outcome =
        answer.kind === 'lost'
          ? answer
          : answer.value.kind === 'ok'
            ? ({ kind: 'accepted' } as const)
            : ({ kind: 'notFound' } as const);
      this.calls.push({ op: 'cancelRun', client, ...made, action, invokedAtMs, returnedAtMs, outcome });
    });
  }

  #join(client: string, process: SimulatedProcess, made: Made | undefined): void {
    if (made === undefined) return;
    const { orchestrator } = process;
    const invokedAtMs = this.#parts.requests.instant();
    const work = async () => {
      const joined = await orchestrator.joinRun({ owner, ...made });
      if (joined.kind !== 'joined') return { kind: 'notFound' } as const;
      const { status, endReason } = joined.run;
      const state = await orchestrator.queries.stateAfter(joined.run);
      return { kind: 'joined', status, endReason, state: state === null ? null : seenState(state) } as const;
    };
    this.#parts.requests.send(process, `${client} joins a run`, work, (answer) => {
      const returnedAtMs = this.#parts.requests.instant();
      const outcome = answer.kind === 'lost' ? answer : answer.value;
      this.calls.push({ op: 'joinRun', client, ...made, invokedAtMs, returnedAtMs, outcome });
    });
  }
}

/** What makes the message and the run of a request known again. */
const wordsOf = (label: string): Pick<CreateRun, 'input' | 'metadata'> => ({
  input: { messages: [{ type: 'human', id: `message of ${label}`, content: `${label} please` }] },
  metadata: { label },
});

const seenState = ({ checkpoint, next, messages }: ThreadStateJson): SeenState => ({
  checkpointId: checkpoint.checkpointId,
  next,
  messages,
});

function outcomeOf(answer: Answer<CreateRunOutcome>): CreateRunCall['outcome'] {
  if (answer.kind === 'lost') return answer;
  const { value } = answer;
  if (value.kind === 'ok') return { kind: 'accepted', runId: value.value.id };
  return {
    kind: 'refused',
    why: value.kind,
    blockingRunId: value.kind === 'busy' ? value.blockingRun.id : null,
  };
}
