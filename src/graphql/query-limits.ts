import {
  type ASTVisitor,
  type FieldNode,
  GraphQLError,
  type GraphQLNamedType,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type NamedTypeNode,
  type SelectionSetNode,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE } from './connection.ts';

/** What query-limits.ts goes by, in a field's `extensions`. */
export type FieldCost = {
  /** Its resolver reads a checkpoint, of a connection one for each item. */
  readonly readsCheckpoints?: boolean;
  /** How many items a list without pages counts as. */
  readonly items?: number;
};

export const READS_CHECKPOINTS = { readsCheckpoints: true } as const satisfies FieldCost;
/** A list whose length only its execution shows: as a page of the largest size. */
export const WITHOUT_PAGES = { items: MAX_PAGE_SIZE } as const satisfies FieldCost;

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
  /**
   * Fields of the largest possible answer: what is inside of a connection counts once per item that it may
   * return.
   */
  readonly maxCost: number;
  /** Checkpoints that it may read: each is a state that is read from the database and decoded. */
  readonly maxCheckpoints: number;
};

/**
 * Far above what GraphiQL's introspection (about 600 tokens, 15 deep), our playground and our client need.
 */
export const DEFAULT_QUERY_LIMITS: QueryLimits = {
  maxTokens: 5_000,
  maxDepth: 20,
  maxAliases: 50,
  maxDirectives: 50,
  maxCost: 50_000,
  maxCheckpoints: 2_000,
};

/** Whose fields are selected. */
type Parent = GraphQLNamedType | null | undefined;

type Size = {
  readonly depth: number;
  readonly aliases: number;
  readonly directives: number;
  readonly cost: number;
  readonly checkpoints: number;
};
const NOTHING: Size = { depth: 0, aliases: 0, directives: 0, cost: 0, checkpoints: 0 };

/** A validation rule that refuses operations beyond the limits with the code LIMIT_EXCEEDED. */
export const queryLimitsRule =
  (limits: QueryLimits): ValidationRule =>
  (context): ASTVisitor => {
    const measure = new Measure(context);
    return {
      OperationDefinition(operation) {
        const size = measure.selections(
          operation.selectionSet,
          context.getSchema().getRootType(operation.operation),
        );
        const exceeded = [
          exceeds('deep', 'nested fields', size.depth, limits.maxDepth),
          exceeds('large', 'aliases', size.aliases, limits.maxAliases),
          exceeds(
            'large',
            'directives',
            size.directives + (operation.directives?.length ?? 0),
            limits.maxDirectives,
          ),
          exceeds('expensive', 'fields in the result', size.cost, limits.maxCost),
          exceeds('expensive', 'checkpoints to read', size.checkpoints, limits.maxCheckpoints),
        ];
        for (const message of exceeded.filter((one) => one !== null)) {
          context.reportError(
            new GraphQLError(message, { nodes: operation, extensions: { code: 'LIMIT_EXCEEDED' } }),
          );
        }
        return false;
      },
    };
  };

const exceeds = (how: string, what: string, found: number, limit: number): string | null =>
  found > limit ? `The operation is too ${how}: ${found} ${what} (limit ${limit}).` : null;

/**
 * Adds up an operation. Each fragment is measured once; one that contains itself (another rule refuses it)
 * counts as nothing there.
 */
class Measure {
  readonly #context: ValidationContext;
  readonly #fragments = new Map<string, Size>();

  constructor(context: ValidationContext) {
    this.#context = context;
  }

  /** @param parent undefined where the document doesn't fit the schema, which other rules refuse */
  selections(set: SelectionSetNode, parent: Parent): Size {
    let total = NOTHING;
    for (const node of set.selections) {
      const own = node.directives?.length ?? 0;
      if (node.kind === Kind.FIELD) total = plus(total, this.#field(node, parent));
      else if (node.kind === Kind.FRAGMENT_SPREAD) total = plus(total, this.#fragment(node.name.value));
      else
        total = plus(total, this.selections(node.selectionSet, this.#typeOf(node.typeCondition) ?? parent));
      total = { ...total, directives: total.directives + own };
    }
    return total;
  }

  #field(node: FieldNode, parent: Parent): Size {
    const field =
      isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined;
    const inner = node.selectionSet
      ? this.selections(node.selectionSet, field && getNamedType(field.type))
      : NOTHING;
    const { readsCheckpoints = false, items: unpaged = 1 }: FieldCost = field?.extensions ?? {};
    const items = field?.args.some(({ name }) => name === 'first') ? itemsOf(node) : unpaged;
    return {
      depth: inner.depth + 1,
      aliases: inner.aliases + (node.alias ? 1 : 0),
      directives: inner.directives,
      cost: 1 + inner.cost * items,
      checkpoints: (Number(readsCheckpoints) + inner.checkpoints) * items,
    };
  }

  #fragment(name: string): Size {
    const known = this.#fragments.get(name);
    if (known !== undefined) return known;
    this.#fragments.set(name, NOTHING);
    const definition = this.#context.getFragment(name);
    const size = definition
      ? this.selections(definition.selectionSet, this.#typeOf(definition.typeCondition))
      : NOTHING;
    this.#fragments.set(name, size);
    return size;
  }

  #typeOf(condition: NamedTypeNode | undefined): Parent {
    return condition && this.#context.getSchema().getType(condition.name.value);
  }
}

const plus = (one: Size, other: Size): Size => ({
  depth: Math.max(one.depth, other.depth),
  aliases: one.aliases + other.aliases,
  directives: one.directives + other.directives,
  cost: one.cost + other.cost,
  checkpoints: one.checkpoints + other.checkpoints,
});

/**
 * How many items a connection may return; a number in a variable isn't known yet, so it counts as the largest
 * allowed.
 */
function itemsOf(node: FieldNode): number {
  const sizes = node.arguments?.filter(({ name: { value } }) => value === 'first' || value === 'last');
  const size = sizes?.find(({ value }) => value.kind !== Kind.NULL)?.value;
  if (size === undefined) return DEFAULT_PAGE_SIZE;
  return size.kind === Kind.INT ? Math.min(Math.max(Number(size.value), 1), MAX_PAGE_SIZE) : MAX_PAGE_SIZE;
}
