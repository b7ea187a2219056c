import { isJsonObject } from '../../domain/json.ts';
import type { ThreadStateObject } from '../schemas/objects.ts';

/** Only the members that `select` names, where `values.<key>` names one channel alone; all of them without it. */
export function pickedState(state: ThreadStateObject, select: readonly string[] | undefined): Partial<ThreadStateObject> {
  if (select === undefined) return state;
  const picked: Record<string, unknown> = Object.fromEntries(Object.entries(state).filter(([member]) => select.includes(member)));
  const channels = select.filter((name) => name.startsWith('values.')).map((name) => name.slice('values.'.length));
  if (channels.length > 0 && !select.includes('values')) {
    const values = isJsonObject(state.values) ? state.values : {};
    picked['values'] = Object.fromEntries(Object.entries(values).filter(([channel]) => channels.includes(channel)));
  }
  return picked as Partial<ThreadStateObject>;
}
