import type { Json } from '../../../domain/json.ts';
import { JsonCopier, withArticle } from '../../../domain/json-copy.ts';
import { isMessage, messageForm } from './message-form.ts';
import { ENTRIES, LEGACY_ESCAPE, MARK } from './stored-value.ts';

/**
 * Copies values as the JSON that `readValue` turns back into them. Only what this class writes has a member
 * `lc`: an object that has one of its own is written as a list of its entries, so that no data, wherever it
 * comes from, can be taken for one of these records.
 */
export class ValueWriter extends JsonCopier {
  protected override absent(): Json {
    return { lc: 2, type: 'undefined' };
  }

  protected override wrapped(copy: { readonly [key: string]: Json }): Json {
    return Object.hasOwn(copy, MARK) || Object.hasOwn(copy, LEGACY_ESCAPE)
      ? { lc: 2, type: ENTRIES, value: Object.entries(copy) }
      : copy;
  }

  protected override special(value: object): Json | undefined {
    if (isMessage(value)) return this.#message(value);
    if (value instanceof Set || value instanceof Map)
      return made(value instanceof Set ? 'Set' : 'Map', this.list([...value]));
    if (value instanceof RegExp) return made('RegExp', value.source, value.flags);
    if (value instanceof Error) return made('Error', String(value.message));
    if (value instanceof Uint8Array) return { ...made('Uint8Array', [...value]), method: 'from' };
    if (ArrayBuffer.isView(value) && !(value instanceof DataView))
      return this.list(value as unknown as ArrayLike<unknown>);
    return this.#ofLibrary(value as Readonly<Record<string, unknown>>) ?? super.special(value);
  }

  #message(message: Parameters<typeof messageForm>[0]): Json {
    const form = messageForm(message);
    if (form === null) throw this.refusal(`a message of type ${JSON.stringify(String(message._getType()))}`);
    return { lc: 1, type: 'constructor', id: form.id, kwargs: this.fields(message, form.fields) };
  }

  #ofLibrary(value: Readonly<Record<string, unknown>>): Json | undefined {
    switch (value['lg_name']) {
      case 'Send':
        return this.fields(
          value,
          value['timeout'] === undefined ? ['node', 'args'] : ['node', 'args', 'timeout'],
        );
      case 'DeltaSnapshot':
        return { lc: 2, type: 'delta_snapshot', ...this.fields(value, ['value']) };
      default:
    }
    // A model, a tool, a prompt: LangChain's description of it makes another one, with secrets of its own, or
    // none at all.
    if (typeof value['lc_serializable'] === 'boolean' && typeof value['toJSON'] === 'function')
      throw this.refusal(withArticle(nameOf(value)));
    return undefined;
  }
}

const made = (name: string, ...args: readonly Json[]): { readonly [key: string]: Json } => ({
  lc: 2,
  type: 'constructor',
  id: [name],
  method: null,
  args,
  kwargs: {},
});

const nameOf = (value: object): string => value.constructor?.name || 'LangChain object';
