import { join } from 'node:path';
import { type BaseCheckpointSaver, MemorySaver } from '@langchain/langgraph';
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite';
import BetterSqlite3 from 'better-sqlite3';
import { human, temporaryDirectory } from './bench-service.ts';
import { graph as react } from './graphs/react.ts';
import { burst, endless } from './graphs/streaming.ts';
import { graph as trivial } from './graphs/trivial.ts';

const GRAPHS = { trivial, react, burst, endless };
type Graph = typeof trivial;

/** LangGraph's own savers: on a SQLite file, and in memory. */
export class BareSavers implements AsyncDisposable {
  readonly memory = new MemorySaver();
  readonly sqlite: BaseCheckpointSaver;
  readonly #resources: AsyncDisposableStack;

  private constructor(sqlite: BaseCheckpointSaver, resources: AsyncDisposableStack) {
    this.sqlite = sqlite;
    this.#resources = resources;
  }

  static async open(): Promise<BareSavers> {
    await using resources = new AsyncDisposableStack();
    const directory = resources.use(await temporaryDirectory());
    // The product's driver in place of the older one that the saver depends on, which has no binary for every
    // Node.
    const database = resources.adopt(
      new BetterSqlite3(join(directory.path, 'bare.db')),
      (opened) => void opened.close(),
    );
    const saver = new SqliteSaver(database as unknown as ConstructorParameters<typeof SqliteSaver>[0]);
    return new BareSavers(saver, resources.move());
  }

  /** The same compiled graph that the service runs, with this saver. */
  graph(name: keyof typeof GRAPHS, saver: BaseCheckpointSaver): BareGraph {
    const graph = GRAPHS[name] as unknown as Graph;
    return new BareGraph(
      Object.assign(Object.create(Object.getPrototypeOf(graph)), graph, { checkpointer: saver }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}

export class BareGraph {
  readonly graph: Graph;

  constructor(graph: Graph) {
    this.graph = graph;
  }

  async invoke(threadId: string, content = 'What about it?'): Promise<void> {
    await this.graph.invoke(human(content), configOf(threadId));
  }

  /** Streams messages; returns how many chunks there were. */
  async stream(threadId: string, content = 'What about it?'): Promise<number> {
    let chunks = 0;
    for await (const _chunk of await this.graph.stream(human(content), {
      ...configOf(threadId),
      streamMode: 'messages',
    }))
      chunks += 1;
    return chunks;
  }

  async getState(threadId: string): Promise<unknown> {
    return this.graph.getState(configOf(threadId));
  }
}

const configOf = (threadId: string) => ({ configurable: { thread_id: threadId } });
