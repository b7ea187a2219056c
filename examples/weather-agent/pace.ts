import { setTimeout as timer } from 'node:timers/promises';

/** How long each phase of a run takes, in milliseconds. */
export type Pace = {
  /** From the start of a turn to the first chunk of what the model says. */
  readonly thinkMs: number;
  /** From the first chunk of a tool call to the last. */
  readonly toolCallMs: number;
  /** One call of the tool. */
  readonly toolMs: number;
  /** From a tool's answer to the first token of the model's. */
  readonly readMs: number;
  /** From the first token of an answer to the last; short answers take less, see `maxGapMs`. */
  readonly answerMs: number;
  /** Longest wait between two chunks of a message. */
  readonly maxGapMs: number;
};

/**
 * Slow enough to follow and to interrupt by hand: a run takes about five seconds. Two seconds in, its tool
 * has answered half a second ago and its own answer is more than half a second off, so a person (or a script
 * on a busy machine) meets that gap; at three seconds it is answering.
 */
const NORMAL: Pace = {
  thinkMs: 450,
  toolCallMs: 450,
  toolMs: 600,
  readMs: 1150,
  answerMs: 2300,
  maxGapMs: 115,
};

/**
 * The pace that `INTERJECT_DEMO_PACE` asks for, see {@link paceOf}; without it, 1. RangeError for what is no
 * such number.
 */
export function paceFrom(env: NodeJS.ProcessEnv): Pace {
  const factor = Number(env['INTERJECT_DEMO_PACE'] || '1');
  if (Number.isFinite(factor) && factor >= 0) return paceOf(factor);
  throw new RangeError(
    `INTERJECT_DEMO_PACE is a number from 0 (nothing waits) up, 1 being the normal pace; it can't be "${env['INTERJECT_DEMO_PACE']}"`,
  );
}

/** @param factor 1: the normal pace, 2: twice as slow, 0: nothing ever waits */
export function paceOf(factor: number): Pace {
  return {
    thinkMs: NORMAL.thinkMs * factor,
    toolCallMs: NORMAL.toolCallMs * factor,
    toolMs: NORMAL.toolMs * factor,
    readMs: NORMAL.readMs * factor,
    answerMs: NORMAL.answerMs * factor,
    maxGapMs: NORMAL.maxGapMs * factor,
  };
}

/**
 * The wait before each of `chunks` chunks of a message, in ms: `leadMs` before the first, then `spanMs`
 * spread over the others.
 */
export function chunkDelays(chunks: number, leadMs: number, spanMs: number, maxGapMs: number): number[] {
  const gap = chunks > 1 ? Math.min(spanMs / (chunks - 1), maxGapMs) : 0;
  return Array.from({ length: chunks }, (_, index) => (index === 0 ? leadMs : gap));
}

/**
 * When each phase of a run with one round of tool calls begins and ends, in ms from its start, the graph's
 * own time not counted.
 */
export type Schedule = {
  readonly toolCallStarts: number;
  readonly toolCallStreamed: number;
  readonly toolAnswered: number;
  readonly answerStarts: number;
  readonly answerEnds: number;
};

/** The schedule that {@link chunkDelays} and the tool's own time add up to. Pure. */
export function schedule(
  pace: Pace,
  chunks: { readonly toolCall: number; readonly answer: number },
): Schedule {
  const toolCallStreamed = sum(chunkDelays(chunks.toolCall, pace.thinkMs, pace.toolCallMs, pace.maxGapMs));
  const toolAnswered = toolCallStreamed + pace.toolMs;
  const answerStarts = toolAnswered + pace.readMs;
  const answerEnds =
    toolAnswered + sum(chunkDelays(chunks.answer, pace.readMs, pace.answerMs, pace.maxGapMs));
  return { toolCallStarts: pace.thinkMs, toolCallStreamed, toolAnswered, answerStarts, answerEnds };
}

const sum = (delays: readonly number[]): number => delays.reduce((total, delay) => total + delay, 0);

/**
 * Waits `ms` milliseconds, not at all for 0. Rejects with an AbortError as soon as `signal` aborts, also when
 * it already has.
 */
export async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted();
  if (ms > 0) await timer(ms, undefined, signal === undefined ? {} : { signal });
}
