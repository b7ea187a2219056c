import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient, type InterjectClient } from '../src/client/public.ts';
import { systemClock } from '../src/clock.ts';
import { DEFAULT_OWNER, newThreadId } from '../src/domain/ids.ts';
import type { MultitaskStrategy, Run } from '../src/domain/run.ts';
import { readLanggraphJson } from '../src/graphs/loading/langgraph-json.ts';
import { DEFAULT_LIMITS } from '../src/http/limits.ts';
import type { Orchestrator } from '../src/orchestrator/orchestrator.ts';
import type { Logger } from '../src/orchestrator/ports/environment.ts';
import type { FollowedEvent } from '../src/orchestrator/ports/subscriptions.ts';
import { startService } from '../src/service.ts';

const GRAPHS = fileURLToPath(new URL('./graphs/langgraph.json', import.meta.url));

/** Only what should not have happened is said. */
const logger: Logger = {
  debug: () => {},
  info: () => {},
  warn: (fields, message) => console.error(message, fields),
  error: (fields, message) => console.error(message, fields),
};

/** A directory of its own for databases, removed in the end. */
export async function temporaryDirectory(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'interject-bench-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export const human = (content: string) => ({ messages: [{ role: 'user', content }] });

/** The whole service in this process, on a file database and a free port, with the benches' graphs. */
export class BenchService implements AsyncDisposable {
  readonly orchestrator: Orchestrator;
  readonly url: string;
  readonly client: InterjectClient;
  /** The database's. */
  readonly file: string;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    orchestrator: Orchestrator,
    { url, file }: { url: string; file: string },
    resources: AsyncDisposableStack,
  ) {
    this.orchestrator = orchestrator;
    this.url = url;
    this.file = file;
    this.client = createClient({ url });
    this.#resources = resources;
  }

  static async start(): Promise<BenchService> {
    await using resources = new AsyncDisposableStack();
    const directory = resources.use(await temporaryDirectory());
    const file = join(directory.path, 'bench.db');
    const service = resources.use(
      await startService({
        config: {
          port: 0,
          host: '127.0.0.1',
          healthPort: null,
          busyMs: 2_000,
          stuckMs: null,
          database: file,
          synchronous: 'NORMAL',
          langgraphJson: GRAPHS,
          concurrency: 64,
          databasePool: 10,
          messaging: null,
          role: 'all',
          leaseMs: 30_000,
          maxAttempts: 3,
          drainMs: 0,
          graceMs: 5_000,
          eventRetentionMs: null,
          checkpointRetentionMs: null,
          allowedHosts: [],
          allowedOrigins: [],
          limits: DEFAULT_LIMITS,
          webhookSecrets: [],
          webhookAllow: [],
          logLevel: 'silent',
          assistantSeeds: {},
          workerId: 'bench',
        },
        langgraph: await readLanggraphJson(GRAPHS),
        logger,
        clock: systemClock,
        version: 'bench',
      }),
    );
    return new BenchService(service.orchestrator, { url: service.url, file }, resources.move());
  }

  async thread(): Promise<string> {
    const created = await this.orchestrator.createThread({
      owner: DEFAULT_OWNER,
      id: newThreadId(),
      ifExists: 'RAISE',
    });
    if (created.kind !== 'ok') throw new Error(`A thread could not be created: ${created.kind}`);
    return created.value.id;
  }

  async threads(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let made = 0; made < count; made += 1) ids.push(await this.thread());
    return ids;
  }

  async createRun(
    threadId: string,
    graph: string,
    content: string,
    strategy: MultitaskStrategy = 'ENQUEUE',
  ): Promise<Run> {
    const outcome = await this.orchestrator.createRun({
      owner: DEFAULT_OWNER,
      threadId,
      assistantId: graph,
      input: human(content),
      strategy,
      keepPartialOutput: true,
      keepPendingInput: true,
      recordEvents: false,
    });
    if (outcome.kind !== 'ok') throw new Error(`A run was refused: ${outcome.kind}`);
    return outcome.value;
  }

  async join({ threadId, id }: Run): Promise<Run> {
    const outcome = await this.orchestrator.joinRun({ owner: DEFAULT_OWNER, threadId, runId: id });
    if (outcome.kind !== 'joined') throw new Error(`A run could not be joined: ${outcome.kind}`);
    return outcome.run;
  }

  /** Creates a run and waits for its success. */
  async run(threadId: string, graph: string, content = 'What about it?'): Promise<void> {
    const run = await this.join(await this.createRun(threadId, graph, content));
    if (run.status !== 'SUCCESS') throw new Error(`A run ended ${run.status}: ${JSON.stringify(run.error)}`);
  }

  async followMessages(threadId: string): Promise<AsyncIterableIterator<FollowedEvent>> {
    const followed = await this.orchestrator.followMessages({
      owner: DEFAULT_OWNER,
      threadId,
      fromStart: false,
    });
    if (followed.kind !== 'following') throw new Error(followed.message);
    return followed.events;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
