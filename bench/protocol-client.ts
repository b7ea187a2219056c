import { human } from './bench-service.ts';

type Json = Readonly<Record<string, unknown>>;
export type Strategy = 'enqueue' | 'interrupt';

/**
 * The few calls of the LangGraph protocol that benches need, by plain fetch: the same for whichever server
 * speaks it.
 */
export class ProtocolClient {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async thread(): Promise<string> {
    return String((await this.#json('/threads', {}))['thread_id']);
  }

  /** POST runs, then GET join: two calls. */
  async createAndJoin(threadId: string, graph: string): Promise<void> {
    const { run_id: runId } = await this.#json(`/threads/${threadId}/runs`, body(graph, 'enqueue'));
    const response = await fetch(`${this.#origin}/threads/${threadId}/runs/${runId}/join`);
    if (!response.ok) throw new Error(`join answered ${response.status}`);
    answered((await response.json()) as Json);
  }

  /** POST runs/wait: one call. */
  async wait(threadId: string, graph: string): Promise<void> {
    answered(await this.#json(`/threads/${threadId}/runs/wait`, body(graph, 'enqueue')));
  }

  /** POST runs/stream; the names of the events. */
  async *stream(threadId: string, graph: string, mode: string, strategy: Strategy): AsyncGenerator<string> {
    const response = await this.#post(`/threads/${threadId}/runs/stream`, {
      ...body(graph, strategy),
      stream_mode: [mode],
    });
    let text = '';
    for await (const chunk of (response.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? '';
      for (const line of lines) if (line.startsWith('event:')) yield line.slice('event:'.length).trim();
    }
  }

  async #json(path: string, sent: Json): Promise<Json> {
    return (await (await this.#post(path, sent)).json()) as Json;
  }

  async #post(path: string, sent: Json): Promise<Response> {
    const response = await fetch(`${this.#origin}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sent),
    });
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
    return response;
  }
}

const body = (graph: string, strategy: Strategy): Json => ({
  assistant_id: graph,
  input: human('What about it?'),
  multitask_strategy: strategy,
});

/** A run that failed answers 200, too. */
function answered(state: Json): void {
  if (!Array.isArray(state['messages']) || state['messages'].length < 2)
    throw new Error(`A run failed: ${JSON.stringify(state)}`);
}

export type Load = {
  /** Runs, at most. */
  readonly count: number;
  /** Calls in flight, over all servers. */
  readonly atOnce: number;
  /** No run is begun after this, and no thread is made after as long before. */
  readonly forMs: number;
};

/**
 * Waited-for runs of the trivial graph, each on a thread of its own that was there before, given to the
 * servers in turn.
 */
export async function waitedRunsPerSecond(
  servers: readonly ProtocolClient[],
  { count, atOnce, forMs }: Load,
): Promise<number> {
  const work: { readonly server: ProtocolClient; readonly threadId: string }[] = [];
  const preparing = performance.now();
  while (work.length < count && (work.length === 0 || performance.now() - preparing < forMs))
    work.push(
      ...(await Promise.all(servers.map(async (server) => ({ server, threadId: await server.thread() })))),
    );
  const startedMs = performance.now();
  let taken = 0;
  const caller = async () => {
    while (performance.now() - startedMs < forMs) {
      const next = work[taken];
      if (next === undefined) return;
      taken += 1;
      await next.server.wait(next.threadId, 'trivial');
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  return (taken * 1_000) / (performance.now() - startedMs);
}
