import {
  createGraphRunStream,
  isNativeTransformer,
  StreamChannel,
  type StreamTransformer,
} from '@langchain/langgraph';
import { type EventBody, formatNamespace } from '../../domain/event.ts';
import type { CompiledGraph } from '../loading/graph-source.ts';
import { toJson } from '../state/to-json.ts';
import { ProtocolMessages } from './protocol-messages.ts';
import type { StreamChunk } from './stream-mapper.ts';

type Say = (bodies: readonly EventBody[]) => Promise<void> | undefined;
type Factory = () => StreamTransformer<unknown>;

/** The stream modes that transformers see beside those that every execution has. */
export const TRANSFORMED_MODES = ['values', 'tools'] as const;
const EXTENSION = 'custom:';

/**
 * The transformers of `compile({ transformers })`, run over one execution's stream by LangGraph's own
 * multiplexer. What they put on named channels is said as it comes, what they promise at the end; all of it
 * as EXTENSION.
 */
export class Transformers {
  readonly #chunks = StreamChannel.local<StreamChunk>();
  readonly #messages = new ProtocolMessages();
  readonly #say: Say;
  readonly #promised: readonly (readonly [string, PromiseLike<unknown>])[];
  readonly #gathered: Promise<void>;
  #failure: { readonly error: unknown } | null = null;
  #isOver = false;

  /**
   * Null: the graph has none that says anything. A native one (`createAgent` brings some) says nothing on
   * named channels: it makes members of the run object that a caller in the same process reads, and promises
   * there that are rejected with every tool that fails. Nothing would read them here.
   */
  static of(graph: CompiledGraph, say: Say): Transformers | null {
    const factories = (graph.streamTransformers ?? []) as readonly Factory[];
    const own = factories.map((make) => make()).filter((made) => !isNativeTransformer(made));
    return own.length === 0 ? null : new Transformers(own, say);
  }

  private constructor(own: readonly StreamTransformer<unknown>[], say: Say) {
    this.#say = say;
    const run = createGraphRunStream(
      this.#chunks as never,
      own.map((made) => () => made),
    );
    const made: Readonly<Record<string, unknown>> = run.extensions;
    this.#promised = Object.entries(made).flatMap(([name, value]) =>
      isPromise(value) ? [[name, value] as const] : [],
    );
    // They are only waited for when the graph has finished.
    for (const [, promise] of this.#promised) promise.then(undefined, () => undefined);
    this.#gathered = this.#gather(run).catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  /** Shows them a chunk of the stream. Throws what a transformer threw since. */
  take(chunk: StreamChunk): void {
    if (this.#failure !== null) throw this.#failure.error;
    for (const one of this.#messages.asProtocol(chunk)) this.#chunks.push(one);
  }

  /**
   * The graph has finished: waits for what they still say, until `signal` aborts. Throws what a transformer
   * threw.
   */
  async finish(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    this.#chunks.close();
    await abortable(this.#gathered, signal);
    if (this.#failure !== null) throw this.#failure.error;
    for (const [name, promise] of this.#promised) {
      const [settled] = await abortable(Promise.allSettled([promise]), signal);
      // As LangGraph has it: a promise that is rejected says nothing.
      if (settled?.status === 'fulfilled')
        await this.#say([{ kind: 'EXTENSION', ns: '', name, data: toJson(settled.value) }]);
    }
  }

  /** The graph has failed or was stopped. What they said before that is said. */
  async fail(error: unknown): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#chunks.fail(error);
    await this.#gathered;
  }

  async #gather(run: ReturnType<typeof createGraphRunStream>): Promise<void> {
    for await (const { method, params } of run) {
      if (!method.startsWith(EXTENSION)) continue;
      const ns = formatNamespace(params.namespace);
      await this.#say([
        { kind: 'EXTENSION', ns, name: method.slice(EXTENSION.length), data: toJson(params.data) },
      ]);
    }
  }
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof (value as { then?: unknown } | null)?.then === 'function';

/** Rejects with the reason when `signal` aborts first. */
async function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
