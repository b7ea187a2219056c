import { z } from 'zod';
import { longText } from './schemas/common.ts';

/**
 * Query parameters as the protocol's clients encode them (protocol.md §0.2). Each schema takes all values that came under its name, empty ones
 * already dropped: `undefined` when there were none.
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
    .meta({ description, override: described({ type: 'array', items: { type: 'string', ...wordsOf(item) } }) });

/** A whole number within its bounds. */
export const queryInteger = ({ min, max, fallback, description }: IntegerOptions) =>
  given
    .transform((values) => (values === undefined ? fallback : Number(values.at(-1))))
    .pipe(z.int('must be a whole number').min(min, `must be ${min} or more`).max(max, `must be at most ${max}`))
    .meta({ description, override: described({ type: 'integer', minimum: min, maximum: max, default: fallback }) });

/** One of some words. */
export const queryChoice = <const T extends readonly [string, ...string[]]>(words: T, fallback: T[number], description: string) =>
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
    for (const key of Object.keys(jsonSchema)) if (key !== 'description') Reflect.deleteProperty(jsonSchema, key);
    Object.assign(jsonSchema, schema);
  };

const wordsOf = (item: z.ZodType): { readonly enum?: readonly unknown[] } => (item instanceof z.ZodEnum ? { enum: item.options } : {});

type IntegerOptions = { readonly min: number; readonly max: number; readonly fallback: number; readonly description: string };

function asJsonArray(value: string): unknown[] {
  if (!value.startsWith('[')) return [value];
  try {
    const parsed: unknown = JSON.parse(value);
    return Array.isArray(parsed) ? parsed : [value];
  } catch {
    return [value];
  }
}
