/** Throws whatever is done with it. */
function hostile(): object {
  const refuse = (): never => {
    throw new Error('a trap');
  };
  return new Proxy(
    {},
    {
      get: refuse,
      has: refuse,
      ownKeys: refuse,
      getPrototypeOf: refuse,
      getOwnPropertyDescriptor: refuse,
      set: refuse,
    },
  );
}

function withGetter(property: string): Error {
  return Object.defineProperty(new Error('said'), property, {
    get() {
      throw hostile();
    },
  });
}

const withFields = (fields: object): Error => Object.assign(new Error('said'), fields);

function circular(): Error {
  const error = new Error('a circle');
  error.cause = error;
  return error;
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable(new Error('said'), {});
  revoke();
  return proxy;
}

/** What code of a graph may throw, by what is odd about it. */
export const ODD_ERRORS: Readonly<Record<string, () => unknown>> = {
  frozen: () => Object.freeze(new Error('said')),
  proxy: hostile,
  'proxied-error': () =>
    new Proxy(new Error('said'), {
      get() {
        throw new Error('a trap');
      },
    }),
  revoked,
  'stack-getter': () => withGetter('stack'),
  'message-getter': () => withGetter('message'),
  'constructor-getter': () => withGetter('constructor'),
  'cause-getter': () => withGetter('cause'),
  'hostile-cause': () => new Error('said', { cause: hostile() }),
  'hostile-member': () => new AggregateError([hostile()], 'said'),
  'circular-cause': circular,
  'name-symbol': () => withFields({ name: Symbol('s') }),
  'name-bigint': () => withFields({ name: 5n }),
  'name-object': () => withFields({ name: {} }),
  'name-undefined': () => withFields({ name: undefined }),
  'message-bigint': () => withFields({ message: 5n }),
  'message-symbol': () => withFields({ message: Symbol('s') }),
  'message-object': () => withFields({ message: { a: 1 } }),
  'message-undefined': () => withFields({ message: undefined }),
  'stack-number': () => withFields({ stack: 5 }),
  bigint: () => 10n,
  symbol: () => Symbol('s'),
  null: () => null,
  undefined: () => undefined,
  function: () => () => 1,
  long: () => new Error('h'.repeat(200_000)),
};
