import { z } from 'zod';
import type { Accepted } from '../orchestrator/outcomes.ts';
import { longText } from './schema.ts';

/**
 * What a search says of its page: where the next one begins, and at least how many there are (protocol.md
 * §0.6). With more behind the page the total is a lower bound, as counting all of them costs more than the
 * page.
 */
export const pageHeaders = ({ offset, count, hasMore }: PageInfo): Record<string, string> => {
  const end = offset + count;
  return hasMore
    ? { 'x-pagination-next': String(end), 'x-pagination-total': String(end + 1) }
    : { 'x-pagination-total': String(end) };
};

export type PageInfo = { readonly offset: number; readonly count: number; readonly hasMore: boolean };

/** Longest text of one warning, and of all of them: clients limit the size of a response's headers. */
const MAX_TEXT = 300;
const MAX_HEADER = 3_000;

/**
 * What was ignored of a request, as a `Warning` header: one `299 - "place: reason; ignored"` for each (299: a
 * persistent warning of any kind, RFC 7234 §5.5). No header when nothing was.
 */
export function warningHeader({ ignored = [] }: Pick<Accepted<unknown>, 'ignored'>): Record<string, string> {
  const warnings = ignored.map(({ path, message }) => `299 - ${quoted(`${placeOf(path)}: ${message}`)}`);
  if (warnings.length === 0) return {};
  const header = warnings.join(', ');
  if (header.length <= MAX_HEADER) return { warning: header };
  return { warning: [...fitting(warnings), `299 - "more warnings omitted"`].join(', ') };
}

/** As the protocol names the members of its bodies; a batch's body is the list itself. */
const placeOf = ([first = '', ...rest]: readonly string[]): string =>
  [...(first === 'runs' ? [] : [first]), ...rest]
    .join('.')
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/**
 * A quoted-string of printable ASCII: everything else is percent-encoded, so that no name can end the header.
 */
function quoted(text: string): string {
  const short = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
  const printable = short.toWellFormed().replaceAll(/[^\x20-\x7e]+/g, encodeURIComponent);
  return `"${printable.replaceAll(/["\\]/g, '\\$&')}; ignored"`;
}

function fitting(warnings: readonly string[]): string[] {
  let length = 0;
  return warnings.filter((warning) => {
    length += warning.length + 2;
    return length <= MAX_HEADER;
  });
}

/**
 * Query parameters as the protocol's clients encode them (protocol.md §0.2). Each schema takes all values
 * that came under its name, empty ones already dropped: `undefined` when there were none.
 */
const given = z.array(longText()).optional();

const TRUE = new Set(['true', '1', 'yes']);

/** `true`, `1` and `yes` are true, everything else (also `0`) is false. */
export const queryBoolean = (description: string) =>
  given
    .transform((values) => TRUE.has((values?.at(-1) ?? '').toLowerCase()))
    .meta({ description, override: described({ type: 'boolean', default: false }) });

/** The same, and undefined when absent. */
export const queryOptionalBoolean = (description: string) =>
  given
    .transform((values) => (values === undefined ? undefined : TRUE.has((values.at(-1) ?? '').toLowerCase())))
    .meta({ description, override: described({ type: 'boolean' }) });

/** Repeated, or one parameter that holds a JSON array. Undefined when absent. */
export const queryList = <T extends z.ZodType>(item: T, description: string) =>
  given
    .transform((values) => values?.flatMap(asJsonArray))
    .pipe(z.array(item).optional())
    .meta({
      description,
      override: described({ type: 'array', items: { type: 'string', ...wordsOf(item) } }),
    });

/** A whole number within its bounds. */
export const queryInteger = ({ min, max, fallback, description }: IntegerOptions) =>
  given
    .transform((values) => (values === undefined ? fallback : Number(values.at(-1))))
    .pipe(
      z.int('must be a whole number').min(min, `must be ${min} or more`).max(max, `must be at most ${max}`),
    )
    .meta({
      description,
      override: described({ type: 'integer', minimum: min, maximum: max, default: fallback }),
    });

/** One of some words. */
export const queryChoice = <const T extends readonly [string, ...string[]]>(
  words: T,
  fallback: T[number],
  description: string,
) =>
  given
    .transform((values) => values?.at(-1) ?? fallback)
    .pipe(z.enum(words))
    .meta({ description, override: described({ type: 'string', enum: [...words], default: fallback }) });

/** Any text; undefined when absent. */
export const queryText = (description: string) =>
  given.transform((values) => values?.at(-1)).meta({ description, override: described({ type: 'string' }) });

/** What /openapi.json says of a parameter, instead of what its schema takes. */
const described =
  (schema: object) =>
  ({ jsonSchema }: { readonly jsonSchema: object }): void => {
    for (const key of Object.keys(jsonSchema))
      if (key !== 'description') Reflect.deleteProperty(jsonSchema, key);
    Object.assign(jsonSchema, schema);
  };

const wordsOf = (item: z.ZodType): { readonly enum?: readonly unknown[] } =>
  item instanceof z.ZodEnum ? { enum: item.options } : {};

type IntegerOptions = {
  readonly min: number;
  readonly max: number;
  readonly fallback: number;
  readonly description: string;
};

function asJsonArray(value: string): unknown[] {
  if (!value.startsWith('[')) return [value];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [value];
  } catch {
    return [value];
  }
}
