/** One event as it came over the wire. */
export type WireEvent = { readonly id: string; readonly event: string; readonly data: unknown };

/** An open event stream, read by hand: what the clients hide (comments, ids, the end) shows. */
export type EventStream = AsyncDisposable & {
  readonly status: number;
  readonly headers: Headers;
  /** The next event; null when the stream has ended. */
  next(): Promise<WireEvent | null>;
  /** All that is still to come. */
  rest(): Promise<WireEvent[]>;
  /** Reads until an event is there that `isIt` accepts, and returns all up to it. */
  upTo(isIt: (event: WireEvent) => boolean): Promise<WireEvent[]>;
  /** Every byte so far, as text. */
  readonly text: string;
  /** Resolves when the text so far is as wanted. */
  until(isThere: (text: string) => boolean): Promise<void>;
  /** Breaks the connection. */
  close(): Promise<void>;
};

export async function openEventStream(
  url: string,
  init: {
    readonly method?: string;
    readonly body?: unknown;
    readonly headers?: Readonly<Record<string, string>>;
  } = {},
): Promise<EventStream> {
  const abort = new AbortController();
  const response = await fetch(url, {
    method: init.method ?? 'GET',
    headers: { 'content-type': 'application/json', ...init.headers },
    ...(init.body === undefined ? {} : { body: JSON.stringify(init.body) }),
    signal: abort.signal,
  });
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const decoder = new TextDecoder();
  let text = '';
  let parsed = 0;
  const read = async (): Promise<boolean> => {
    const { done, value } = await reader.read();
    if (value !== undefined) text += decoder.decode(value, { stream: true });
    return !done;
  };
  const next = async (): Promise<WireEvent | null> => {
    for (;;) {
      const end = text.indexOf('\n\n', parsed);
      if (end === -1) {
        if (!(await read())) return null;
        continue;
      }
      const lines = text.slice(parsed, end).split('\n');
      parsed = end + 2;
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      return { id: field('id'), event: field('event'), data: JSON.parse(field('data')) };
    }
  };
  const upTo = async (isIt: (event: WireEvent) => boolean): Promise<WireEvent[]> => {
    const events: WireEvent[] = [];
    for (let event = await next(); event !== null; event = await next()) {
      events.push(event);
      if (isIt(event)) break;
    }
    return events;
  };
  const close = async (): Promise<void> => {
    abort.abort();
    await reader.cancel().catch(() => undefined); // it has been broken off
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    upTo,
    rest: () => upTo(() => false),
    get text() {
      return text;
    },
    until: async (isThere) => {
      while (!isThere(text))
        if (!(await read())) throw new Error(`The stream ended before that. It was:\n${text}`);
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
