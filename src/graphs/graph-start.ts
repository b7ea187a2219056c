import { Command, Send } from '@langchain/langgraph';
import type { PendingInterrupt } from '../domain/event.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { RunCommand } from '../domain/run.ts';

/**
 * A run's command as LangGraph takes it.
 *
 * LangGraph takes a null resume for none at all, so a falsy one is rewritten to name the interrupt that it answers (protocol.md §5.3);
 * that takes exactly one pending interrupt, else it goes to LangGraph as it is.
 */
export function toCommand(command: RunCommand, pending: readonly PendingInterrupt[]): Command {
  return new Command({
    ...('resume' in command ? { resume: addressed(command.resume ?? null, pending) } : {}),
    ...(command.update === undefined || command.update === null ? {} : { update: toUpdate(command.update) }),
    ...(command.goto === undefined || command.goto === null ? {} : { goto: toGoto(command.goto) }),
  });
}

function addressed(resume: Json, pending: readonly PendingInterrupt[]): Json {
  const [only, ...others] = pending;
  return resume || only === undefined || others.length > 0 ? resume : { [only.id]: resume };
}

type Update = Record<string, unknown> | [string, unknown][];
const toUpdate = (update: Json): Update => update as unknown as Update;

function toGoto(goto: Json): (string | Send)[] {
  return (Array.isArray(goto) ? goto : [goto]).map((target) => {
    if (isJsonObject(target) && typeof target['node'] === 'string') return sendOf(target['node'], target['input'] ?? null);
    return String(target);
  });
}

/** The input as it was sent: LangGraph's constructor makes Sends and Commands of objects in it that look like them. */
const sendOf = (node: string, input: Json): Send => Object.assign(new Send(node, null), { args: input });
