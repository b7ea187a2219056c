import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type ExecutionResult, GraphQLError, type GraphQLSchema, getOperationAST } from 'graphql';
import { type CORSOptions, createYoga, type GraphQLParams, type Plugin } from 'graphql-yoga';
import type { AccessRules } from '../../http/access-rules.ts';
import { type Capacity, type Limits, RETRY_AFTER_SECONDS } from '../../http/limits.ts';
import type { Identify, RequestContext } from '../../http/request-context.ts';
import { outgoingOf } from '../../http/sockets.ts';
import type { Clock, Logger } from '../../orchestrator/ports/environment.ts';
import { type OperationContextDeps, operationContext } from '../context.ts';
import { type ErrorMasking, requestError } from '../error-masking.ts';
import type { LiveOperations, OperationExecutor } from '../graphql-execution.ts';
import type { PreparedOperations } from '../prepared-operations.ts';
import { badRequest, isJsonRequest, operationOfUrl, readOperations } from './graphql-request.ts';
import { ResponseStream } from './response-stream.ts';
import { SseStream, type SseStreamOptions } from './sse-stream.ts';

const GRAPHQL_METHODS = ['GET', 'POST', 'OPTIONS'];

/** CORS for the origins that may call the server. Requests of others have been refused before. */
function graphqlCors(rules: AccessRules): (request: Request) => CORSOptions {
  const { allowCredentials, allowMethods, allowHeaders, exposeHeaders, maxAgeSeconds } = rules.cors;
  return ({ headers }) => {
    const origin = headers.get('origin');
    const answered = origin === null ? null : rules.answeredOrigin(origin, headers.get('host') ?? undefined);
    if (answered === null) return false;
    return {
      origin: answered,
      credentials: allowCredentials,
      methods: [...(allowMethods ?? GRAPHQL_METHODS)],
      ...(allowHeaders === null ? {} : { allowedHeaders: [...allowHeaders] }),
      exposedHeaders: [...exposeHeaders],
      maxAge: maxAgeSeconds,
    };
  };
}

type Answer = {
  readonly status: number;
  readonly always: boolean;
  readonly headers?: Readonly<Record<string, string>>;
};

/**
 * HTTP status by error code, for results without data. `always`: also for clients that accept only
 * application/json, to whom well-formed requests are otherwise answered 200. Source: GraphQL over HTTP,
 * sections "application/json" and "application/graphql-response+json".
 */
const STATUS: Readonly<Record<string, Answer>> = {
  PAYLOAD_TOO_LARGE: { status: 413, always: true },
  SERVICE_UNAVAILABLE: { status: 503, always: true, headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
  INTERNAL_SERVER_ERROR: { status: 500, always: true },
};
const OTHERWISE: Answer = { status: 400, always: false };

/** Codes that the HTTP layer uses for what the contract calls otherwise. */
const CODES: Readonly<Record<string, string>> = {
  BAD_REQUEST: 'BAD_USER_INPUT',
  OPERATION_RESOLUTION_FAILURE: 'BAD_USER_INPUT',
};

/**
 * The result with codes and HTTP statuses on the errors of a request that was not executed, or was cut short.
 * Others pass unchanged.
 */
function withStatus<R extends ExecutionResult>(result: R): R {
  if (result.errors === undefined) return result;
  if ('data' in result && !result.errors.some(isUnavailable)) return result;
  return { ...result, errors: result.errors.map(statusOf) };
}

const isUnavailable = (error: GraphQLError): boolean => error.extensions['code'] === 'SERVICE_UNAVAILABLE';

function statusOf(error: GraphQLError): GraphQLError {
  const { message, nodes, source, positions, path } = error;
  const { http, originalError: _leak, code: given, ...rest } = error.extensions;
  const code = CODES[String(given)] ?? given ?? 'BAD_USER_INPUT';
  const { status, always, headers } = STATUS[String(code)] ?? OTHERWISE;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    extensions: {
      ...rest,
      code,
      http: http ?? { status, spec: !always, ...(headers === undefined ? {} : { headers }) },
    },
  });
}

export const GRAPHQL_PATH = '/graphql';
/** Operations in one request. */
const MAX_BATCH = 10;

export type YogaHandlerDeps = {
  readonly schema: GraphQLSchema;
  readonly operations: PreparedOperations;
  readonly executor: OperationExecutor;
  readonly masking: ErrorMasking;
  readonly live: LiveOperations;
  readonly context: OperationContextDeps;
  readonly identify: Identify;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly logger: Logger;
  /** For subscriptions over SSE. */
  readonly streams: Capacity;
  readonly access: AccessRules;
};

/** What the hooks know of a request besides its Fetch form. */
type ServerContext = {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly caller: AbortController;
  readonly from: RequestContext;
  /** Whether the request holds several operations; set when its body has been read. */
  batched?: boolean;
};

/**
 * GraphQL over HTTP: yoga negotiates, checks parameters, batches and speaks CORS; parsing, validation,
 * execution and masking are the ones that the WebSocket uses too.
 */
export function createYogaHandler(
  deps: YogaHandlerDeps,
): (request: IncomingMessage, response: ServerResponse) => void {
  const { schema, masking, live, identify } = deps;
  const yoga = createYoga<ServerContext>({
    schema,
    graphqlEndpoint: GRAPHQL_PATH,
    graphiql: false,
    landingPage: false,
    multipart: false,
    logging: false,
    parserAndValidationCache: false,
    maxRequestBodySize: false,
    batching: { limit: MAX_BATCH },
    cors: graphqlCors(deps.access),
    maskedErrors: {
      maskError: (error) => masking.mask(error, { requestId: randomUUID(), signal: live.closing }),
    },
    plugins: [requestPlugin(deps), executionPlugin(deps), responsePlugin(deps)],
  });
  return (req, res) => {
    const caller = live.begin();
    res.once('close', () => live.end(caller));
    void yoga(req, res, { caller, from: identify(req.headers) }); // it answers every failure itself
  };
}

/** Only JSON, and bodies only within the limit. */
const requestPlugin = ({ limits: { maxRequestBytes } }: YogaHandlerDeps): Plugin<object, ServerContext> => ({
  onRequestParse({ request, url, serverContext: { req }, setRequestParser }) {
    if (request.method === 'GET') setRequestParser(() => operationOfUrl(url));
    if (request.method !== 'POST') return;
    if (!isJsonRequest(req)) {
      throw new GraphQLError('The content type must be application/json.', {
        extensions: { code: 'BAD_USER_INPUT', http: { status: 415 } },
      });
    }
    setRequestParser(() => readOperations(req, maxRequestBytes));
  },
});

/** Carries operations out in place of yoga's own pipeline. */
const executionPlugin = (deps: YogaHandlerDeps): Plugin<object, ServerContext> => ({
  onRequestParse({ serverContext }) {
    return {
      onRequestParseDone({ requestParserResult }) {
        serverContext.batched = Array.isArray(requestParserResult);
      },
    };
  },
  onParams({ params: { operationName }, setParamsHandler }) {
    if (operationName != null && typeof operationName !== 'string')
      throw badRequest('operationName must be a string.');
    setParamsHandler(({ params, context }) => carryOut(deps, params, context));
  },
});

async function carryOut(
  { operations, executor, context, streams }: YogaHandlerDeps,
  params: GraphQLParams,
  { req, res, caller, from, batched }: ServerContext,
): Promise<ExecutionResult | ResponseStream> {
  const prepared = operations.prepare(params.query ?? '');
  if ('errors' in prepared) return { errors: [...prepared.errors] };
  const { document } = prepared;
  const type = getOperationAST(document, params.operationName)?.operation;
  if (type === 'mutation' && req.method === 'GET') return { errors: [MUTATION_BY_GET] };
  if (type === 'subscription' && batched)
    return { errors: [requestError('BAD_USER_INPUT', 'A batch must not contain a subscription.')] };
  if (type === 'subscription' && !streams.hold(res))
    return { errors: [requestError('SERVICE_UNAVAILABLE', streams.refusal)] };
  const contextValue = operationContext(context, from, caller.signal);
  const operation = {
    document,
    contextValue,
    variableValues: params.variables,
    operationName: params.operationName,
  };
  return type === 'subscription' ? executor.subscribe(operation) : executor.execute(operation);
}

const MUTATION_BY_GET = new GraphQLError('A mutation must be sent by POST.', {
  extensions: { code: 'BAD_USER_INPUT', http: { status: 405, headers: { Allow: 'POST' } } },
});

/** Subscriptions as SSE, everything else with the status that its errors ask for. */
const responsePlugin = ({
  clock,
  live,
  limits: { maxUnsentBytes },
  logger,
}: YogaHandlerDeps): Plugin<object, ServerContext> => ({
  onResultProcess({ request, result, setResult, setResultProcessor, serverContext: { res } }) {
    if (result instanceof ResponseStream) {
      breakOffAt(live.closing, res);
      const respond = acceptsEventStream(request) ? eventStream : notAcceptable;
      setResultProcessor(
        (_result, { Response }) =>
          respond(result, Response, { clock, logger, maxUnsentBytes, outgoing: outgoingOf(res) }),
        'text/event-stream',
      );
    } else if (Array.isArray(result)) {
      setResult(result.map(withStatus));
    } else if (!(Symbol.asyncIterator in result)) {
      setResult(withStatus(result));
    }
  },
});

const acceptsEventStream = (request: Request): boolean =>
  /text\/(event-stream|\*)|\*\/\*/i.test(request.headers.get('accept') ?? '*/*');

/**
 * A stream that breaks off without its `complete` makes the client come back, which is what a closing server
 * wants of it.
 */
function breakOffAt(closing: AbortSignal, response: ServerResponse): void {
  const breakOff = () => response.socket?.destroySoon();
  closing.addEventListener('abort', breakOff, { once: true });
  response.once('close', () => closing.removeEventListener('abort', breakOff));
}

type ResponseClass = typeof globalThis.Response;

const eventStream = (
  results: ResponseStream,
  ResponseType: ResponseClass,
  options: SseStreamOptions,
): Response =>
  // The class is yoga's own, which takes a Node stream as its body and destroys it when the client has gone.
  new ResponseType(new SseStream(results, options) as unknown as BodyInit, {
    status: 200,
    headers: { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache', 'X-Accel-Buffering': 'no' },
  });

async function notAcceptable(results: ResponseStream, ResponseType: ResponseClass): Promise<Response> {
  await results.return();
  const error = requestError(
    'BAD_USER_INPUT',
    'Subscriptions are served as text/event-stream, or over WebSocket.',
  );
  return ResponseType.json({ errors: [error] }, { status: 406 });
}
