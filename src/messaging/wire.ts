import { z } from 'zod';
import { parseRunId, parseThreadId, type RunId, type ThreadId } from '../domain/ids.ts';
import type { Signal } from '../orchestrator/ports/environment.ts';

/** What goes from process to process; `resync` each one makes for itself. */
export type SentSignal = Exclude<Signal, { kind: 'resync' }>;

/**
 * One message on the channel. Ids and numbers only: the log is the source of truth, and receivers continue
 * there.
 */
export type Message = {
  /** A process's id of its own for one opened connection, by which it knows its own messages again. */
  readonly from: string;
  readonly signals?: readonly SentSignal[];
  /** Signals of this sender were lost: receivers rescan the database. */
  readonly lost?: true;
  /** Asks the engine for an echo: only the sender takes note. */
  readonly probe?: number;
};

const runId = z.custom<RunId>((value) => typeof value === 'string' && parseRunId(value) === value);
const threadId = z.custom<ThreadId>((value) => typeof value === 'string' && parseThreadId(value) === value);

const sentSignal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('wake') }),
  z.object({ kind: z.literal('released') }),
  z.object({ kind: z.literal('stop'), runId }),
  z.object({ kind: z.literal('webhook') }),
  z.object({ kind: z.literal('cron') }),
  z.object({ kind: z.literal('events'), threadId, seq: z.int().nonnegative().nullable() }),
]);

const envelope = z.object({
  from: z.uuid(),
  signals: z.array(z.unknown()).optional(),
  lost: z.literal(true).optional(),
  probe: z.int().optional(),
});

/** A message as it was read; `unreadable` counts signals in it that this version doesn't know. */
export type ReadMessage = Message & { readonly signals: readonly SentSignal[]; readonly unreadable: number };

/**
 * Null for foreign messages. Signals are judged one by one: in a rolling restart a newer version's new kinds
 * must not take the others with them.
 */
export function readMessage(data: unknown): ReadMessage | null {
  const parsed = envelope.safeParse(data);
  if (!parsed.success) return null;
  const { from, signals = [], lost, probe } = parsed.data;
  const readable = signals.flatMap((signal) => sentSignal.safeParse(signal).data ?? []);
  return {
    from,
    signals: readable,
    unreadable: signals.length - readable.length,
    ...(lost === undefined ? {} : { lost }),
    ...(probe === undefined ? {} : { probe }),
  };
}

/**
 * The messages that say this, each at most `maxBytes` long as JSON (which is ASCII: ids, kinds and numbers).
 */
export function messagesFor(
  from: string,
  { signals, lost }: { signals: readonly SentSignal[]; lost: boolean },
  maxBytes: number,
): Message[] {
  const head: Message = lost ? { from, lost: true } : { from };
  const emptyBytes = JSON.stringify({ ...head, signals: [] }).length;
  const batches: SentSignal[][] = [[]];
  let bytes = emptyBytes;
  for (const signal of signals) {
    const added = JSON.stringify(signal).length + 1; // the comma
    if (bytes + added > maxBytes) {
      batches.push([]);
      bytes = emptyBytes;
    }
    batches.at(-1)?.push(signal);
    bytes += added;
  }
  return batches.map((batch, index) => ({ ...(index === 0 ? head : { from }), signals: batch }));
}
