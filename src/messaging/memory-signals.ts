import { MemPubSub } from '@graphql-hive/pubsub';
import type { Signal, Signals } from '../orchestrator/ports/environment.ts';

/** Signals within one process. */
export class MemorySignals implements Signals {
  readonly #pubsub = new MemPubSub<{ signal: Signal }>();

  send(signal: Signal): void {
    this.#pubsub.publish('signal', signal);
  }

  listen(listener: (signal: Signal) => void): Disposable {
    const unsubscribe = this.#pubsub.subscribe('signal', listener) as () => void;
    return { [Symbol.dispose]: unsubscribe };
  }
}
