import type { PendingInterrupt } from '../domain/event.ts';
import { isJsonObject, type Json } from '../domain/json.ts';
import type { ValidationIssue } from './ports/graph-host.ts';
import { issue } from './validation.ts';

/** Interrupt ids are 32 hexadecimal digits (protocol.md §1.6). */
const INTERRUPT_ID = /^[0-9a-f]{32}$/;

/**
 * Does this resume value answer interrupts that are pending? An object whose keys are all interrupt ids answers those it names;
 * any other value answers the one that is pending.
 */
export function checkResume(resume: Json, pending: readonly PendingInterrupt[]): readonly ValidationIssue[] {
  if (pending.length === 0) return [issue('command.resume', 'nothing waits to be resumed: the checkpoint holds no interrupts')];
  const ids = pending.map(({ id }) => id);
  const named = isJsonObject(resume) ? Object.keys(resume) : [];
  if (named.length > 0 && named.every((key) => INTERRUPT_ID.test(key))) {
    const unknown = named.filter((id) => !ids.includes(id));
    return unknown.map((id) => issue(`command.resume.${id}`, `no such interrupt is pending; pending are ${ids.join(', ')}`));
  }
  if (pending.length > 1)
    return [issue('command.resume', `several interrupts are pending: resume with an object by interrupt id (${ids.join(', ')})`)];
  return [];
}
