import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../domain/json.ts';
import { placeTooDeep, tooDeepText } from '../../domain/json-depth.ts';
import { MAX_NAME_LENGTH, MAX_TEXT_LENGTH, textFault } from '../../domain/text.ts';

/** Optional, and null means absent: clients send both (protocol.md §0.1). */
export const absent = <T extends z.ZodType>(schema: T) =>
  schema.nullish().transform((value) => (value ?? undefined) as z.output<T> | undefined);

/** Whatever JSON it is; it comes from JSON.parse. What nests deeper than the state may is refused. */
export const anyJson: z.ZodType<Json> = z.any().superRefine(refuseTooDeep);
/** Given on as it came: z.record would drop a key `__proto__`, and a filter with it. */
export const jsonObject = z
  .any()
  .refine(isJsonObject, 'must be a JSON object')
  .superRefine(refuseTooDeep)
  .meta({
    override: ({ jsonSchema }: { jsonSchema: object }) => Object.assign(jsonSchema, { type: 'object', additionalProperties: true }),
  }) as unknown as z.ZodType<JsonObject>;

function refuseTooDeep(value: unknown, context: z.RefinementCtx): void {
  const place = placeTooDeep(value);
  if (place !== null) context.addIssue({ code: 'custom', message: tooDeepText(place) });
}

/** A text that names or describes something, not one of the graph's values. */
export const text = (maxLength: number = MAX_NAME_LENGTH) =>
  z.string('must be a string').superRefine((given, context) => {
    const message = textFault(given, maxLength);
    if (message !== null) context.addIssue({ code: 'custom', message });
  });
/** The same for a longer one. */
export const longText = () => text(MAX_TEXT_LENGTH);

export const uuid = z.guid('must be a UUID').transform((id) => id.toLowerCase());
export const dateTime = z.iso.datetime({ offset: true });

/** `/threads/{thread_id}` */
export const threadParams = z.object({ thread_id: uuid });
/** `/threads/{thread_id}/runs/{run_id}` */
export const threadRunParams = z.object({ thread_id: uuid, run_id: uuid });
/** `/runs/{run_id}` */
export const runParams = z.object({ run_id: uuid });

/** Where a client that comes back to a stream wants to go on. */
export const resumeHeaders = z.object({ 'Last-Event-ID': z.string().optional().meta({ description: 'Id of the last event seen.' }) });
/** Of an answer about a run that was created. */
const warning = z.string().optional().meta({ description: 'What was ignored of the request: `299 - "place: reason; ignored"`, …' });
/** Of answers to requests that may name unknown nodes as breakpoints. */
export const warningHeaders = z.object({ Warning: warning });
export const createdHeaders = z.object({ 'Content-Location': z.string().meta({ description: "The run's path." }), Warning: warning });

export const MAX_PAGE = 1_000;
/** One page of a search. */
export const pageFields = {
  limit: absent(z.int().min(1).max(MAX_PAGE)).transform((limit) => limit ?? 10),
  offset: absent(z.int().min(0)).transform((offset) => offset ?? 0),
};
