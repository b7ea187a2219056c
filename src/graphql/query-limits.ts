import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './connection.ts';

/** How large an operation may be; each is checked before anything is executed. */
export type QueryLimits = {
  /** Tokens of the document (names, punctuators, values); values in variables don't count. */
  readonly maxTokens: number;
  /** Fields inside of each other. */
  readonly maxDepth: number;
  /** Fields with an alias, fragments counted as often as they are used. */
  readonly maxAliases: number;
  /** Directives, fragments counted as often as they are used. */
  readonly maxDirectives: number;
  /** Fields of the largest possible answer: what is inside of a connection counts once per item that it may return. */
  readonly maxCost: number;
};

/** Far above what GraphiQL's introspection (about 600 tokens, 15 deep), our playground and our client need. */
export const DEFAULT_QUERY_LIMITS: QueryLimits = { maxTokens: 5_000, maxDepth: 20, maxAliases: 50, maxDirectives: 50, maxCost: 50_000 };

type Size = { readonly depth: number; readonly aliases: number; readonly directives: number; readonly cost: number };
const NOTHING: Size = { depth: 0, aliases: 0, directives: 0, cost: 0 };

/** A validation rule that refuses operations beyond the limits with the code LIMIT_EXCEEDED. */
export const queryLimitsRule =
  (limits: QueryLimits): ValidationRule =>
  (context): ASTVisitor => {
    const measure = new Measure(context);
    return {
      OperationDefinition(operation) {
        const size = measure.selections(operation.selectionSet);
        const exceeded = [
          exceeds('deep: fields lie inside of each other', size.depth, limits.maxDepth),
          exceeds('large: aliases', size.aliases, limits.maxAliases),
          exceeds('large: directives', size.directives + (operation.directives?.length ?? 0), limits.maxDirectives),
          exceeds('expensive: fields that it may return', size.cost, limits.maxCost),
        ];
        for (const message of exceeded.filter((one) => one !== null)) {
          context.reportError(new GraphQLError(message, { nodes: operation, extensions: { code: 'LIMIT_EXCEEDED' } }));
        }
        return false;
      },
    };
  };

const exceeds = (what: string, found: number, limit: number): string | null =>
  found > limit ? `The operation is too ${what}: ${found}, at most ${limit} are allowed.` : null;

/** Adds up an operation. Each fragment is measured once; one that contains itself (another rule refuses it) counts as nothing there. */
class Measure {
  readonly #context: ValidationContext;
  readonly #connections: ReadonlySet<string>;
  readonly #fragments = new Map<string, Size>();

  constructor(context: ValidationContext) {
    this.#context = context;
    this.#connections = connectionFields(context.getSchema());
  }

  selections(set: SelectionSetNode): Size {
    let total = NOTHING;
    for (const node of set.selections) {
      const own = node.directives?.length ?? 0;
      if (node.kind === Kind.FIELD) total = plus(total, this.#field(node));
      else total = plus(total, node.kind === Kind.FRAGMENT_SPREAD ? this.#fragment(node.name.value) : this.selections(node.selectionSet));
      total = { ...total, directives: total.directives + own };
    }
    return total;
  }

  #field(node: FieldNode): Size {
    const inner = node.selectionSet ? this.selections(node.selectionSet) : NOTHING;
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + (node.alias ? 1 : 0),
      directives: inner.directives,
      cost: 1 + inner.cost * (this.#connections.has(node.name.value) ? itemsOf(node) : 1),
    };
  }

  #fragment(name: string): Size {
    const known = this.#fragments.get(name);
    if (known !== undefined) return known;
    this.#fragments.set(name, NOTHING);
    const definition = this.#context.getFragment(name);
    const size = definition ? this.selections(definition.selectionSet) : NOTHING;
    this.#fragments.set(name, size);
    return size;
  }
}

const plus = (one: Size, other: Size): Size => ({
  depth: Math.max(one.depth, other.depth),
  aliases: one.aliases + other.aliases,
  directives: one.directives + other.directives,
  cost: one.cost + other.cost,
});

/** How many items a connection may return; a number in a variable isn't known yet, so it counts as the largest allowed. */
function itemsOf(node: FieldNode): number {
  const size = node.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')?.value;
  if (size === undefined || size.kind === Kind.NULL) return DEFAULT_PAGE_SIZE;
  return size.kind === Kind.INT ? Math.min(Math.max(Number(size.value), 1), MAX_PAGE_SIZE) : MAX_PAGE_SIZE;
}

const connectionsOf = new WeakMap<GraphQLSchema, ReadonlySet<string>>();

/** Names of the fields that take `first`. */
function connectionFields(schema: GraphQLSchema): ReadonlySet<string> {
  const known = connectionsOf.get(schema);
  if (known !== undefined) return known;
  const fields = Object.values(schema.getTypeMap()).flatMap((type) =>
    isObjectType(type) || isInterfaceType(type) ? Object.values(type.getFields()) : [],
  );
  const names = new Set(fields.filter(({ args }) => args.some(({ name }) => name === 'first')).map(({ name }) => name));
  connectionsOf.set(schema, names);
  return names;
}
