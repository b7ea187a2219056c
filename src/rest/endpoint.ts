import type { ServerResponse } from 'node:http';
import type { Context as HonoContext } from 'hono';
import { Hono } from 'hono';
import type { z } from 'zod';
import { decodeUtf8, JsonTextError, parseJson } from '../domain/text.ts';
import type { Capacity } from '../http/limits.ts';
import { bodyTooLarge } from '../http/limits.ts';
import type { RequestContext } from '../http/request-context.ts';
import { type Outgoing, outgoingOf } from '../http/sockets.ts';
import type { ValidationIssue } from '../orchestrator/ports/graph-host.ts';
import { RestError, unavailable, unprocessable } from './refusals.ts';
import { errorObject } from './schema.ts';

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type Tag =
  | 'Threads'
  | 'Thread runs'
  | 'Stateless runs'
  | 'Streaming'
  | 'Assistants'
  | 'Store'
  | 'Crons'
  | 'System';

/** What an answer looks like; without a schema it has no body, or one that the graph decides. */
export type Answer = {
  readonly description: string;
  readonly schema?: z.ZodType;
  /** Default: application/json. */
  readonly type?: string;
  readonly headers?: z.ZodObject;
};

/** One operation of the protocol: what a request is checked against, and what /openapi.json says of it. */
export type Endpoint<
  P extends z.ZodObject = z.ZodObject,
  Q extends z.ZodObject = z.ZodObject,
  B extends z.ZodType = z.ZodType,
> = {
  readonly method: Method;
  /** With parameters in braces, as OpenAPI has them. */
  readonly path: string;
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Headers that count; for the description, they are not checked. */
  readonly headers?: z.ZodObject;
  readonly answers: Readonly<Record<number, Answer>>;
};

/** What the middleware leaves with a request for its handler. */
export type RestEnv = { Variables: { readonly context: RequestContext } };

/** A request that has passed its endpoint's schemas. */
type Request<P, Q, B> = {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly header: (name: string) => string | undefined;
  readonly context: RequestContext;
  /** Aborts when the client has gone. */
  readonly signal: AbortSignal;
  /**
   * Takes a place until the answer has been sent or the client has gone. @throws RestError 503 when all are
   * taken
   */
  readonly hold: (capacity: Capacity) => void;
  readonly outgoing: Outgoing;
  readonly http: HonoContext<RestEnv>;
};

type Handler<P, Q, B> = (request: Request<P, Q, B>) => Promise<Response> | Response;

export const EVENT_STREAM_TYPE = 'text/event-stream';
/**
 * What an endpoint answers that can't do now what it is asked; `also`: beside what concerns all that need the
 * database.
 */
export const unavailableAnswer = (also?: string): Answer => ({
  description: `${also === undefined ? '' : `${also}, `}${also === undefined ? 'The' : 'or the'} database is unavailable, or the server is shutting down; see Retry-After.`,
  schema: errorObject,
});
const UNAVAILABLE = unavailableAnswer();
const TOO_MANY_STREAMS = unavailableAnswer('Too many event streams are open');

/** The facade's routes and their description, from the same schemas. */
export class Endpoints {
  readonly router = new Hono<RestEnv>();
  readonly #maxBodyBytes: number;
  readonly #streams: Capacity;
  readonly #described: Endpoint[] = [];

  /** @param streams for the event streams among them */
  constructor(maxBodyBytes: number, streams: Capacity) {
    this.#maxBodyBytes = maxBodyBytes;
    this.#streams = streams;
  }

  /** In the order in which they were added. */
  get described(): readonly Endpoint[] {
    return this.#described;
  }

  /**
   * Serves `endpoint`. Of two with the same path the first wins, so fixed segments come before parameters.
   */
  add<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
    endpoint: Endpoint<P, Q, B>,
    handler: Handler<z.output<P>, z.output<Q>, z.output<B>>,
  ): void {
    const isStream = endpoint.answers[200]?.type === EVENT_STREAM_TYPE;
    const away = isStream ? { 503: TOO_MANY_STREAMS } : endpoint.tag === 'System' ? {} : { 503: UNAVAILABLE };
    const answers = { ...away, ...endpoint.answers };
    this.#described.push({ ...endpoint, answers } as unknown as Endpoint);
    this.router.on(
      endpoint.method.toUpperCase(),
      endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
      async (http) => {
        const params = check(endpoint.params, http.req.param(), '');
        const query = check(endpoint.query, queriesOf(http), 'query');
        const body =
          endpoint.body === undefined
            ? undefined
            : check(endpoint.body, await readJson(http, this.#maxBodyBytes), '');
        const { outgoing } = http.env as { readonly outgoing: ServerResponse };
        if (isStream) hold(this.#streams, outgoing); // before there is a run
        const request = {
          params,
          query,
          body,
          header: (name: string) => http.req.header(name),
          context: http.var.context,
          signal: http.req.raw.signal,
          hold: (capacity: Capacity) => hold(capacity, outgoing),
          outgoing: outgoingOf(outgoing),
          http,
        };
        return handler(request as Request<z.output<P>, z.output<Q>, z.output<B>>);
      },
    );
  }
}

function hold(capacity: Capacity, outgoing: ServerResponse): void {
  if (!capacity.hold(outgoing)) throw unavailable(capacity.refusal);
}

function check(schema: z.ZodType | undefined, value: unknown, place: string): unknown {
  if (schema === undefined) return {};
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const prefix = place === '' ? [] : [place];
  throw unprocessable(parsed.error.issues.flatMap((issue) => reasons(issue, prefix)));
}

/**
 * Of a choice between several forms: what is wrong with the one that fits furthest, or all of it where none
 * fits better than the others.
 */
function reasons(issue: z.core.$ZodIssue, prefix: readonly string[]): ValidationIssue[] {
  const path = [...prefix, ...issue.path.map(String)];
  if (issue.code !== 'invalid_union' || issue.errors.length === 0 || issue.message !== 'Invalid input')
    return [{ path, message: issue.message }];
  const forms = issue.errors.map((errors) => errors.flatMap((error) => reasons(error, path)));
  const depths = forms.map((form) => Math.max(...form.map((reason) => reason.path.length)));
  const furthest = forms.filter((_form, index) => depths[index] === Math.max(...depths)).flat();
  return [
    {
      path: furthest[0]?.path ?? path,
      message: [...new Set(furthest.map(({ message }) => message))].join(', or: '),
    },
  ];
}

/**
 * Every value of every parameter; empty ones count as absent, for clients send those for what they leave out.
 */
function queriesOf(http: HonoContext<RestEnv>): Record<string, string[]> {
  const entries = Object.entries(http.req.queries()).map(
    ([name, values]) => [name, values.filter((value) => value !== '')] as const,
  );
  return Object.fromEntries(entries.filter(([, values]) => values.length > 0));
}

/** The body as JSON, whatever type it is announced as; an empty one is `{}` (protocol.md §0.1). */
async function readJson(http: HonoContext<RestEnv>, maxBytes: number): Promise<unknown> {
  if (Number(http.req.header('content-length') ?? 0) > maxBytes)
    throw new RestError(413, bodyTooLarge(maxBytes));
  const text = await readText(http.req.raw.body, maxBytes);
  if (text.trim() === '') return {};
  try {
    return parseJson(text);
  } catch (error) {
    throw refusedBody(error);
  }
}

/** Refuses a body that is too long as soon as that is known, announced or not. */
async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new RestError(413, bodyTooLarge(maxBytes));
    chunks.push(chunk);
  }
  try {
    return decodeUtf8(Buffer.concat(chunks));
  } catch (error) {
    throw refusedBody(error);
  }
}

const refusedBody = (error: unknown): unknown =>
  error instanceof JsonTextError ? new RestError(422, `The body ${error.message}`) : error;
