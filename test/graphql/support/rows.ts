import { type AssistantId, DEFAULT_OWNER, type RunId, type ThreadId } from '../../../src/domain/ids.ts';
import type { MessageJson } from '../../../src/domain/message.ts';
import type { Run } from '../../../src/domain/run.ts';
import { DEFAULT_RUN_OPTIONS } from '../../../src/domain/run-options.ts';
import type { Thread } from '../../../src/domain/thread.ts';
import type { ThreadStateJson } from '../../../src/orchestrator/ports/graph-host.ts';
import type { FollowedBody, FollowedEvent } from '../../../src/orchestrator/ports/subscriptions.ts';

/**
 * Rows as an orchestrator would return them, with fixed ids and times so that whole results can be compared.
 */

const uuid = (n: number): string => `00000000-0000-7000-8000-${n.toString().padStart(12, '0')}`;
export const threadId = (n = 1): ThreadId => uuid(n) as ThreadId;
export const runId = (n = 1): RunId => uuid(100 + n) as RunId;
export const at = (seconds: number): Date => new Date(Date.UTC(2026, 0, 1, 12, 0, seconds));

export const aThread = (fields: Partial<Thread> = {}): Thread => ({
  id: threadId(),
  owner: DEFAULT_OWNER,
  status: 'IDLE',
  restingStatus: 'IDLE',
  metadata: {},
  graphId: 'agent',
  nextSeq: 1,
  eventsFrom: 1,
  nextPosition: 1,
  stateVersion: 0,
  claimableAt: null,
  createdAt: at(0),
  updatedAt: at(0),
  stateUpdatedAt: at(0),
  temporary: false,
  discardAt: null,
  ttl: null,
  expiresAt: null,
  ...fields,
});

export const aRun = (fields: Partial<Run> = {}): Run => ({
  id: runId(),
  threadId: threadId(),
  owner: DEFAULT_OWNER,
  assistantId: uuid(999) as AssistantId,
  graphId: 'agent',
  status: 'PENDING',
  endReason: null,
  error: null,
  strategy: 'ENQUEUE',
  input: null,
  command: null,
  config: {},
  context: null,
  metadata: {},
  ...DEFAULT_RUN_OPTIONS,
  position: 1,
  attempt: 0,
  failures: 0,
  suspicion: 0,
  suspectOf: null,
  leaseOwner: null,
  leaseUntil: null,
  availableAt: at(0),
  timeoutMs: null,
  deadline: null,
  stop: null,
  supersededBy: null,
  carry: 'NONE',
  carriedBy: null,
  baseCheckpointId: null,
  headBefore: null,
  headAfter: null,
  threadStatusBefore: null,
  createdAt: at(0),
  updatedAt: at(0),
  startedAt: null,
  finishedAt: null,
  request: null,
  webhook: null,
  abandoned: [],
  ...fields,
});

export const aMessage = (fields: Partial<MessageJson> = {}): MessageJson => ({
  type: 'human',
  id: 'm1',
  content: 'hi',
  ...fields,
});

export const aState = (fields: Partial<ThreadStateJson> = {}): ThreadStateJson => ({
  values: { count: 1 },
  messages: [],
  next: [],
  tasks: [],
  interrupts: [],
  checkpoint: { threadId: threadId(), checkpointId: 'c2', checkpointNs: '', checkpointMap: null },
  parentCheckpoint: { threadId: threadId(), checkpointId: 'c1', checkpointNs: '', checkpointMap: null },
  metadata: { step: 1 },
  createdAt: at(5),
  incomplete: null,
  ...fields,
});

export const anEvent = (body: FollowedBody, n = 1): FollowedEvent => ({
  cursor: `cursor-${n}`,
  seq: n,
  createdAt: at(n),
  runId: runId(),
  body,
});
