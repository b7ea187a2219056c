import type { Json } from './json.ts';
import { MAX_VALUE_DEPTH, setOwn, textOfPath } from './json.ts';
import { describeThrown, isA } from './thrown.ts';

/** A value that has no form in JSON. */
export class NotJsonError extends TypeError {
  override readonly name = 'NotJsonError';
  /** What stands there: `a BigInt`. */
  readonly what: string;
  readonly path: readonly (string | number)[];

  constructor(what: string, path: readonly (string | number)[]) {
    super(`${what} cannot be stored${path.length === 0 ? '' : ` at ${textOfPath(path)}`}`);
    this.what = what;
    this.path = path;
  }
}

/**
 * Copies values as plain JSON, as JSON.stringify reads them, but refuses what that would lose in silence or
 * would make unreadable: bigints, functions, symbols, circular references, objects whose content isn't in
 * their properties, and what is nested deeper than MAX_VALUE_DEPTH. Every property is read once. Numbers that
 * JSON doesn't have become null, and -0 becomes 0.
 */
export class JsonCopier {
  /** The way to what is being read; as many of its steps, and of the containers above, as `#depth` says. */
  readonly #path: (string | number)[] = [];
  readonly #above: object[] = [];
  #depth = 0;

  /** The copy; undefined where the value has none. @throws NotJsonError */
  copy(value: unknown, at: readonly (string | number)[] = []): Json | undefined {
    this.#depth = 0;
    try {
      return this.#copy(value);
    } catch (error) {
      throw this.#located(error, at);
    } finally {
      this.#above.length = 0;
    }
  }

  /** In place of undefined; undefined leaves it out of objects and makes it null in lists. */
  protected absent(): Json | undefined {
    return undefined;
  }

  /** What the copy of an object with these properties becomes. */
  protected wrapped(copy: { readonly [key: string]: Json }): Json {
    return copy;
  }

  /**
   * The form of an object that is neither a list nor a plain object; undefined: that of its own properties,
   * or of its toJSON.
   */
  protected special(value: object): Json | undefined {
    const kind = CLOSED.find((one) => value instanceof one);
    if (kind !== undefined) throw this.refusal(withArticle(kind.name));
    if (value instanceof Error && !('toJSON' in value)) throw this.refusal('an Error');
    return undefined;
  }

  /** To be thrown: what is being read can't be copied. */
  protected refusal(what: string): NotJsonError {
    return new NotJsonError(what, this.#path.slice(0, this.#depth));
  }

  protected list(values: ArrayLike<unknown>): Json[] {
    const depth = this.#enter(values);
    const copy: Json[] = [];
    for (let index = 0; index < values.length; index++) {
      this.#path[depth] = index;
      const value = values[index];
      copy.push(typeof value === 'string' ? value : (this.#copy(value) ?? null));
    }
    this.#depth = depth;
    return copy;
  }

  protected fields(value: object, keys: readonly string[]): Record<string, Json> {
    const depth = this.#enter(value);
    const copy: Record<string, Json> = {};
    for (const key of keys) {
      this.#path[depth] = key;
      const member = (value as Readonly<Record<string, unknown>>)[key];
      const json = typeof member === 'string' ? member : this.#copy(member);
      if (json !== undefined) setOwn(copy, key, json);
    }
    this.#depth = depth;
    return copy;
  }

  #enter(container: object): number {
    const depth = this.#depth;
    if (depth >= MAX_VALUE_DEPTH) throw this.#endless(container);
    this.#above[depth] = container;
    this.#depth = depth + 1;
    return depth;
  }

  #copy(value: unknown): Json | undefined {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return Number.isFinite(value) ? value : null;
      case 'object':
        return value === null ? null : this.#object(value);
      case 'undefined':
        return this.absent();
      default:
        throw this.refusal(NAMES[typeof value as keyof typeof NAMES]);
    }
  }

  #object(value: object): Json | undefined {
    if (Array.isArray(value)) return this.list(value);
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const special = this.special(value);
      if (special !== undefined) return special;
      if (value instanceof Number || value instanceof String || value instanceof Boolean)
        return this.#copy(value.valueOf());
    }
    const { toJSON } = value as { readonly toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const json: unknown = toJSON.call(value, '');
      if (json !== value)
        return typeof json === 'object' && json !== null ? this.#standIn(json) : this.#copy(json);
    }
    return this.wrapped(this.fields(value, Object.keys(value)));
  }

  /** What a toJSON returned: JSON.stringify doesn't ask it for a toJSON of its own. */
  #standIn(json: object): Json | undefined {
    if (Array.isArray(json)) return this.list(json);
    const prototype = Object.getPrototypeOf(json);
    const special = prototype === Object.prototype || prototype === null ? undefined : this.special(json);
    return special ?? this.wrapped(this.fields(json, Object.keys(json)));
  }

  #endless(container: object): NotJsonError {
    const containers = [...this.#above.slice(0, this.#depth), container];
    const repeated = containers.findIndex((one, index) => containers.indexOf(one) < index);
    if (repeated >= 0) return new NotJsonError('a circular reference', this.#path.slice(0, repeated));
    return new NotJsonError(
      `a value nested deeper than ${MAX_VALUE_DEPTH} levels`,
      this.#path.slice(0, this.#depth),
    );
  }

  #located(error: unknown, at: readonly (string | number)[]): NotJsonError {
    if (isA(error, NotJsonError))
      return at.length === 0 ? error : new NotJsonError(error.what, [...at, ...error.path]);
    // A getter, a proxy or a toJSON of user code.
    const reason = describeThrown(error).message;
    return new NotJsonError(`a value whose access throws "${reason}"`, [
      ...at,
      ...this.#path.slice(0, this.#depth),
    ]);
  }
}

const NAMES = { bigint: 'a BigInt', function: 'a function', symbol: 'a symbol' } as const;

/** JSON.stringify makes `{}` of them. */
const CLOSED = [
  Map,
  Set,
  RegExp,
  Promise,
  WeakMap,
  WeakSet,
  WeakRef,
  ArrayBuffer,
  SharedArrayBuffer,
  DataView,
] as const;

/** A word with its article: `an ArrayBuffer`. */
export const withArticle = (noun: string): string => `${/^[AEIO]/i.test(noun) ? 'an' : 'a'} ${noun}`;
