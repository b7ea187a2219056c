import { withoutHalf } from './text.ts';

/**
 * Maximum length of an error's text, in characters; longer texts are cut. Errors that carry an HTTP response
 * body are otherwise unbounded.
 */
export const MAX_ERROR_MESSAGE = 16_384;
const MAX_ERROR_NAME = 256;
export const MAX_ERROR_STACK = 32_768;

/** Something thrown, as plain text. */
export type Thrown = {
  readonly name: string;
  readonly message: string;
  /** Undefined: it has none. */
  readonly stack: string | undefined;
};

/**
 * What was thrown, whatever it is: an error with getters that throw, of another realm, behind a proxy, or no
 * error at all. The one place that looks into what code of a graph throws; never throws itself, reads each
 * property once, and returns bounded text.
 */
export function describeThrown(thrown: unknown): Thrown {
  if (!isErrorLike(thrown))
    return { name: 'Error', message: cut(textOf(thrown), MAX_ERROR_MESSAGE), stack: undefined };
  const message = messageOf(thrown);
  const described = cut(message, MAX_ERROR_MESSAGE);
  const stack = read(thrown, 'stack');
  return {
    name: cut(nameOf(thrown), MAX_ERROR_NAME),
    message: described,
    // It begins with the message: cut there, it still says where it was thrown.
    stack:
      typeof stack === 'string'
        ? cut(described === message ? stack : stack.replace(message, () => described), MAX_ERROR_STACK)
        : undefined,
  };
}

/**
 * The same for an error record { name, message, stack? } of a LangGraph task or of a stored run. Missing or
 * non-text members get defaults.
 */
export function describeRecord(record: unknown): Thrown {
  if (typeof record !== 'object' || record === null || isErrorLike(record)) return describeThrown(record);
  const [name, stack] = [read(record, 'name'), read(record, 'stack')];
  return {
    name: isText(name) ? cut(name, MAX_ERROR_NAME) : 'Error',
    message: cut(messageOf(record), MAX_ERROR_MESSAGE),
    stack: typeof stack === 'string' ? cut(stack, MAX_ERROR_STACK) : undefined,
  };
}

/** `TypeError: …`, for a sentence that says what went wrong. */
export function toldOf(thrown: unknown): string {
  if (!isErrorLike(thrown)) return describeThrown(thrown).message;
  const { name, message } = describeThrown(thrown);
  return message === '' ? name : `${name}: ${message}`;
}

/** How many errors are looked at behind one. */
const MAX_BEHIND = 100;

/**
 * What was thrown, its causes and, of an AggregateError, its members, outermost first and each once: causes
 * may be a circle. Never throws.
 */
export function errorsBehind(thrown: unknown): readonly unknown[] {
  const found = new Set<unknown>([thrown]);
  for (const error of found) {
    if (!isErrorLike(error)) continue;
    for (const behind of [...membersOf(error), read(error, 'cause')])
      if (behind !== undefined && found.size < MAX_BEHIND) found.add(behind);
  }
  return [...found];
}

/** The errors of an AggregateError; [] of any other. */
export function membersOf(error: unknown): readonly unknown[] {
  const members = isErrorLike(error) ? read(error, 'errors') : undefined;
  return attempt(() => (Array.isArray(members) ? members.slice(0, MAX_BEHIND) : []), []);
}

/** As `instanceof`, which runs code of a proxy's and may throw. */
export const isA = <T>(value: unknown, kind: abstract new (...args: never[]) => T): value is T =>
  attempt(() => value instanceof kind, false);

/** An error of this realm or another. */
export const isErrorLike = (value: unknown): value is object =>
  isA(value, Error) || attempt(() => Object.prototype.toString.call(value) === '[object Error]', false);

/** The property's value; undefined where reading it throws. */
export const read = (from: object, property: string): unknown =>
  attempt(() => (from as Readonly<Record<string, unknown>>)[property], undefined);

/** The text, or its beginning and how long it was: `max` characters in all, none of them half of one. */
export function cut(text: string, max: number): string {
  if (text.length <= max) return text;
  const marker = `… [truncated: ${text.length.toLocaleString('en')} characters]`;
  return withoutHalf(text.slice(0, Math.max(max - marker.length, 0))) + marker;
}

function nameOf(error: object): string {
  const name = read(error, 'name');
  if (isText(name) && name !== 'Error') return name;
  const made = read(error, 'constructor');
  const className = typeof made === 'function' ? read(made, 'name') : undefined;
  return isText(className) ? className : 'Error';
}

function messageOf(error: object): string {
  const message = read(error, 'message');
  return message === undefined ? '' : textOf(message);
}

const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Objects as JSON, as far as that goes. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  const json = attempt(() => JSON.stringify(value, readable()) as string | undefined, undefined);
  return json ?? attempt(() => String(value), '[Unreadable]');
}

/** For JSON.stringify, which refuses bigints and circular references. */
function readable(): (this: unknown, key: string, value: unknown) => unknown {
  const above: unknown[] = [];
  return function (_key, value) {
    while (above.length > 0 && above.at(-1) !== this) above.pop();
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (above.includes(value)) return '[Circular]';
    above.push(value);
    return value;
  };
}

function attempt<T>(work: () => T, otherwise: T): T {
  try {
    return work();
  } catch {
    return otherwise;
  }
}
