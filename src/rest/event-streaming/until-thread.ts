import type { Thread } from '../../domain/thread.ts';
import { ownerOf, type RestDeps } from '../deps.ts';

/** How often a thread that isn't there yet is looked for. Nothing else tells of its creation by another process. */
const LOOK_EVERY_MS = 200;

/** `isNew`: it wasn't there at first, so its whole log is new to who waited. */
export type AwaitedThread = { readonly thread: Thread; readonly isNew: boolean };

/** The thread, once it is there: clients open the stream of a thread that their first command will create. Null when `signal` aborts first. */
export async function untilThread({ orchestrator, clock }: RestDeps, threadId: string, signal: AbortSignal): Promise<AwaitedThread | null> {
  for (let isNew = false; ; isNew = true) {
    if (signal.aborted) return null;
    const thread = await orchestrator.queries.thread(ownerOf(), threadId);
    if (thread !== null) return { thread, isNew };
    await new Promise<void>((resolve) => {
      const timer = clock.timer(LOOK_EVERY_MS, () => done());
      const done = (): void => {
        timer[Symbol.dispose]();
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
