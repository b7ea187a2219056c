import type { EventBody } from '../../src/domain/event.ts';
import { partialsFromLog } from '../../src/domain/message-fold.ts';
import { databaseTroubleBehind } from '../../src/orchestrator/ports/database-unavailable.ts';
import type { Clock } from '../../src/orchestrator/ports/environment.ts';
import type { Execution, StreamEnd } from '../../src/orchestrator/ports/graph-host.ts';
import { ClaimLostError } from '../../src/orchestrator/ports/store.ts';
import type { MemorySaver } from './memory-saver.ts';
import {
  begunAndCompleted,
  completed,
  finishedIn,
  idIn,
  interruptsOf,
  messagesOf,
  type Place,
  type ScriptState,
  type Superstep,
  withInput,
} from './script.ts';
import { placeAt, putState } from './script-places.ts';

export type ScriptParts = {
  readonly clock: Clock;
  /** Names checkpoints. */
  readonly newId: () => string;
  /** Hears of each superstep that begins to execute. */
  readonly onSuperstep?: (runId: string, step: number) => void;
  /** Ends the process; never resolves. Absent where there is none to end. */
  readonly kill?: () => Promise<never>;
};

/** What `emit` refused with: the execution ends with it. */
class Refused extends Error {}

/** Drives one execution of a script to its end; see GraphHost.execute. */
export async function runScript(parts: ScriptParts, execution: Execution): Promise<StreamEnd> {
  const emitted: EventBody[] = [];
  const run = new ScriptRun(parts, execution, emitted);
  try {
    const last = await run.toEnd();
    return {
      kind: 'finished',
      paused: last.state.paused !== null,
      interrupts: interruptsOf(last.state),
      partials: [],
    };
  } catch (thrown) {
    if (thrown instanceof Refused) throw thrown.cause;
    if (thrown instanceof ClaimLostError || databaseTroubleBehind(thrown) !== null) throw thrown;
    const partials = partialsFromLog(emitted);
    if (execution.signal.aborted) return { kind: 'aborted', partials };
    const { name, message } = thrown as Error;
    return { kind: 'failed', error: { name, message }, partials };
  }
}

class ScriptRun {
  readonly #parts: ScriptParts;
  readonly #execution: Execution;
  readonly #emitted: EventBody[];

  constructor(parts: ScriptParts, execution: Execution, emitted: EventBody[]) {
    this.#parts = parts;
    this.#execution = execution;
    this.#emitted = emitted;
  }

  /** Executes what is left of the script; returns where it ended. */
  async toEnd(): Promise<Place> {
    let place = await this.#begin();
    for (;;) {
      const superstep = place.state.script[place.state.step];
      if (superstep === undefined) return place;
      place = await this.#superstep(place, superstep);
      if (place.state.paused !== null) return place;
    }
  }

  async #begin(): Promise<Place> {
    const { start, saver, call, baseCheckpointId } = this.#execution;
    const place = await placeAt(saver, call.threadId, baseCheckpointId);
    this.#throwIfAborted();
    if (start.kind === 'input') {
      const added = messagesOf(start.input);
      await this.#emit(added.flatMap(begunAndCompleted));
      const put = await this.#put(place, withInput(place.state, added, call.config), 'input');
      await this.#emitCheckpoint(put);
      return put;
    }
    if (start.kind === 'command' && place.state.paused !== null) {
      await (saver.saver as MemorySaver).putWrites(
        place.config,
        [['__resume__', [start.command.resume ?? null]]],
        'resume',
      );
      return { ...place, state: { ...place.state, paused: null } };
    }
    return place;
  }

  async #superstep(place: Place, superstep: Superstep): Promise<Place> {
    const { saver, call, attempt } = this.#execution;
    const { state } = place;
    let [message] = finishedIn(place);
    if (message === undefined) {
      this.#parts.onSuperstep?.(call.runId ?? '', state.step);
      const id = `${call.runId}/${state.step}/${attempt}`;
      message = { type: 'ai', id, content: await this.#say(id, superstep) };
      if (superstep.ends === 'KILL') await this.#parts.kill?.();
      if (superstep.ends === 'FAIL') throw new Error('The script says so');
      if (idIn(place.config) !== null)
        await (saver.saver as MemorySaver).putWrites(
          place.config,
          [['messages', message]],
          `step ${state.step}`,
        );
      await this.#emit([completed(message)]);
    } else await this.#emit(begunAndCompleted(message));
    this.#throwIfAborted();
    const update = { attempt, step: state.step };
    await this.#emit([{ kind: 'UPDATES', ns: '', node: 'say', update }]);
    const paused = superstep.ends === 'PAUSE' ? (call.runId ?? '').replaceAll('-', '') : null;
    const next = { ...state, messages: [...state.messages, message], step: state.step + 1, paused };
    const put = await this.#put(place, next, 'loop');
    await this.#emitCheckpoint(put);
    this.#throwIfAborted();
    return put;
  }

  /** Streams a message token by token; returns its text. */
  async #say(id: string, { tokens, paceMs, ignoresAbortMs }: Superstep): Promise<string> {
    const { clock } = this.#parts;
    const { signal, attempt } = this.#execution;
    await this.#emit([
      { kind: 'MESSAGE_STARTED', ns: '', node: 'say', message: { type: 'ai', id, content: '' } },
    ]);
    let said = '';
    for (let token = 0; token < tokens; token += 1) {
      if (ignoresAbortMs > 0) await clock.sleep(token === 0 ? ignoresAbortMs : paceMs);
      else await clock.sleep(paceMs, signal);
      const text = `${attempt}.${token} `;
      await this.#emit([{ kind: 'MESSAGE_DELTA', ns: '', node: 'say', messageId: id, text, content: text }]);
      said += text;
    }
    return said;
  }

  #put(from: Place, state: ScriptState, source: 'input' | 'loop'): Promise<Place> {
    return putState({ saver: this.#execution.saver, from, id: this.#parts.newId(), state, source });
  }

  /** Tells of a checkpoint once it is committed. */
  async #emitCheckpoint({ config }: Place): Promise<void> {
    const checkpointId = idIn(config) ?? '';
    await this.#execution.saver.committed('', checkpointId);
    await this.#emit([
      { kind: 'CHECKPOINT', ns: '', checkpointId },
      { kind: 'VALUES', ns: '', checkpointId },
    ]);
  }

  async #emit(bodies: readonly EventBody[]): Promise<void> {
    try {
      await this.#execution.emit(bodies);
    } catch (error) {
      throw new Refused('refused', { cause: error });
    }
    this.#emitted.push(...bodies);
  }

  #throwIfAborted(): void {
    this.#execution.signal.throwIfAborted();
  }
}
