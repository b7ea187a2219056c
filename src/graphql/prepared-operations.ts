import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { type QueryLimits, queryLimitsRule } from './query-limits.ts';

/**
 * Documents kept, and how long their text may be: together they bound what strangers can make us remember to
 * some ten megabytes.
 */
const MAX_KEPT = 200;
const MAX_KEPT_LENGTH = 8_192;

export type Prepared = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/**
 * Parses and validates documents, within limits; valid ones are remembered by their text, the least recently
 * used is forgotten first.
 */
export class PreparedOperations {
  readonly #schema: GraphQLSchema;
  readonly #maxTokens: number;
  readonly #rules: readonly ValidationRule[];
  readonly #kept = new LRUCache<string, DocumentNode>({ max: MAX_KEPT });

  constructor(schema: GraphQLSchema, limits: QueryLimits) {
    this.#schema = schema;
    this.#maxTokens = limits.maxTokens;
    this.#rules = [...specifiedRules, queryLimitsRule(limits)];
  }

  /** Never throws: what is wrong with the text is in `errors`, each with its code. */
  prepare(text: string): Prepared {
    const known = this.#kept.get(text);
    if (known !== undefined) return { document: known };
    const parsed = this.#parse(text);
    if ('errors' in parsed) return parsed;
    const errors = validate(this.#schema, parsed.document, this.#rules);
    if (errors.length > 0)
      return { errors: errors.map((error) => withCode(error, 'GRAPHQL_VALIDATION_FAILED')) };
    if (text.length <= MAX_KEPT_LENGTH) this.#kept.set(text, parsed.document);
    return parsed;
  }

  #parse(text: string): Prepared {
    try {
      return { document: parse(text, { maxTokens: this.#maxTokens }) };
    } catch (error) {
      if (error instanceof GraphQLError) return { errors: [withCode(error, 'GRAPHQL_PARSE_FAILED')] };
      throw error;
    }
  }
}

/** The error with a code, unless it has one. */
export function withCode(error: GraphQLError, code: string): GraphQLError {
  if (error.extensions['code'] !== undefined) return error;
  const { message, nodes, source, positions, path, originalError } = error;
  return new GraphQLError(message, {
    nodes,
    source,
    positions,
    path,
    originalError,
    extensions: { ...error.extensions, code },
  });
}
