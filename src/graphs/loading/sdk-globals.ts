import type { Logger } from '../../orchestrator/ports/environment.ts';

/**
 * Where `@langchain/langgraph-sdk` looks for what a LangGraph server provides: getLogger(), and `new
 * Client()` without an address.
 */
const LOGGER = Symbol.for('langgraph.api.sdk-logger');
const FETCH = Symbol.for('langgraph_api:fetch');
const ADDRESS = Symbol.for('langgraph_api:url');

type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
type Globals = { [LOGGER]?: SdkLogger; [FETCH]?: Fetch; [ADDRESS]?: string };
const globals = globalThis as unknown as Globals;

type LogMethod = (message: unknown, ...meta: unknown[]) => SdkLogger;
type SdkLogger = Readonly<Record<(typeof METHODS)[number][0], LogMethod>>;

/** The SDK's levels, and those of ours that they become. */
const METHODS = [
  ['error', 'error'],
  ['warn', 'warn'],
  ['help', 'info'],
  ['data', 'info'],
  ['info', 'info'],
  ['prompt', 'info'],
  ['http', 'debug'],
  ['verbose', 'debug'],
  ['input', 'debug'],
  ['silly', 'debug'],
  ['debug', 'debug'],
] as const satisfies readonly (readonly [string, keyof Logger])[];

/** Before graphs are loaded: their modules may ask for it at once. Dispose it when the server stops. */
export function provideSdkLogger(logger: Logger): Disposable {
  const made = sdkLogger(logger);
  return provided(LOGGER, made);
}

/** `new Client()` in a graph is a client of this server: through `fetch`, and for WebSockets at `address`. */
export function provideSdkClient(fetch: Fetch, address: string): Disposable {
  const given = [provided(FETCH, fetch), provided(ADDRESS, address)];
  return { [Symbol.dispose]: () => given.forEach((one) => void one[Symbol.dispose]()) };
}

/** Of several servers in one process the last one started counts. */
function provided<K extends keyof Globals>(key: K, value: NonNullable<Globals[K]>): Disposable {
  globals[key] = value;
  return {
    [Symbol.dispose]: () => {
      if (globals[key] === value) delete globals[key];
    },
  };
}

function sdkLogger(logger: Logger): SdkLogger {
  const made = Object.fromEntries(
    METHODS.map(([name, level]) => [
      name,
      (message: unknown, ...meta: unknown[]) => {
        logger[level](
          { ...fieldsOf(typeof message === 'string' ? meta : [message, ...meta]), source: 'graph' },
          textOf(message),
        );
        return made;
      },
    ]),
  ) as SdkLogger;
  return made;
}

/** An error as `err`, as in our own lines; objects as fields; everything else in a list. */
function fieldsOf(meta: readonly unknown[]): object {
  const fields: Record<string, unknown> = {};
  const others: unknown[] = [];
  for (const one of meta) {
    if (one instanceof Error) fields['err'] = one;
    else if (typeof one === 'object' && one !== null && !Array.isArray(one)) Object.assign(fields, one);
    else others.push(one);
  }
  return others.length === 0 ? fields : { ...fields, meta: others };
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  const { message: inner } = (message ?? {}) as { readonly message?: unknown };
  return typeof inner === 'string' ? inner : 'Logged by a graph';
}
