import { AIMessage, ToolMessage } from '@langchain/core/messages';
import {
  Annotation,
  Command,
  interrupt,
  type LangGraphRunnableConfig,
  MessagesAnnotation,
  Send,
  START,
  StateGraph,
} from '@langchain/langgraph';

/**
 * Puts a value that can't be stored into the place that `data.put` names; without one it leaves all data as
 * it came.
 */
const State = Annotation.Root({
  ...MessagesAnnotation.spec,
  data: Annotation<Record<string, unknown> | null>(),
  result: Annotation<unknown>(),
  /** Takes functions, and holds what they return. */
  applied: Annotation<number, (sofar: number) => number>({
    reducer: (left, change) => change(left),
    default: () => 0,
  }),
});

const circular = (): object => {
  const value: Record<string, unknown> = { rows: [] };
  (value['rows'] as unknown[]).push(value);
  return value;
};

const deep = (): unknown => {
  let value: unknown = 1;
  for (let level = 0; level < 300; level++) value = { a: value };
  return value;
};

const UPDATES: Readonly<Record<string, () => object>> = {
  artifact: () => ({
    messages: [
      new ToolMessage({ id: 't', content: 'x', tool_call_id: 'c', artifact: { rows: [{ id: 1n }] } }),
    ],
  }),
  function: () => ({ result: { call: () => 1 } }),
  circular: () => ({ result: circular() }),
  deep: () => ({ result: deep() }),
  getter: () => ({
    result: {
      get broken(): never {
        throw new Error('not now');
      },
    },
  }),
  'swallowed by a reducer': () => ({ applied: (sofar: number) => sofar + 1 }),
};

/** What is no text at all, as the `id` or the `name` of a message: `name circular`. */
const NO_TEXT: Readonly<Record<string, () => unknown>> = {
  bigint: () => 1n,
  bigints: () => new BigInt64Array(2),
  circular,
  getter: () => Object.defineProperty({}, 'a', { enumerable: true, get: () => fail('not now') }),
  proxy: () =>
    new Proxy(
      {},
      { get: () => fail('a trap'), ownKeys: () => fail('a trap'), getPrototypeOf: () => fail('a trap') },
    ),
  object: () => ({ n: 1n }),
  send: () => new Send('after', { n: 1n }),
  message: () => new AIMessage({ content: 'x', additional_kwargs: { n: 1n } }),
};

function fail(why: string): never {
  throw new Error(why);
}

function messageWith(field: string | undefined, what: string | undefined): object | null {
  const value = (field === 'id' || field === 'name') && NO_TEXT[what ?? '']?.();
  return value === undefined || value === false
    ? null
    : { messages: [new AIMessage({ content: 'x', [field as 'id']: value as string })] };
}

/** Questions without a form in JSON, and null. */
const ASKED: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  NaN: Number.NaN,
  'an invalid Date': new Date(Number.NaN),
};

export const graph = new StateGraph(State)
  .addNode('put', async ({ data }, config: LangGraphRunnableConfig) => {
    const where = String(data?.['put']);
    if (where === 'nothing at all') {
      config.writer?.(Number.NaN);
      return null as unknown as object;
    }
    if (where === 'goto') return new Command({ goto: 'no\0where' });
    if (where.startsWith('interrupt with '))
      return { result: interrupt(ASKED[where.slice('interrupt with '.length)]) };
    if (where === 'interrupt') return { result: interrupt({ question: () => 1 }) };
    if (where === 'store') await config.store?.put(['odd'], 'k', { list: [1n] });
    if (where === 'custom')
      config.writer?.({ big: 1n, circular: circular(), call: () => 1, at: Symbol('s') });
    const [field, what] = where.split(' ');
    return messageWith(field, what) ?? UPDATES[where]?.() ?? {};
  })
  .addNode('after', () => ({}))
  .addNode('sent', () => ({}))
  .addEdge(START, 'put')
  .addConditionalEdges(
    'put',
    ({ data }) => (data?.['put'] === 'send' ? [new Send('sent', { big: 1n })] : 'after'),
    ['sent', 'after'],
  )
  .compile();
