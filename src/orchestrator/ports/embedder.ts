import type { Vector } from '../../domain/vectors.ts';

/** Makes vectors of texts, near to each other where the texts mean something alike. Rejects when the model can't be reached. */
export interface Embedder {
  embedQuery(text: string): Promise<Vector>;
  /** One for each text, in their order. */
  embedDocuments(texts: readonly string[]): Promise<readonly Vector[]>;
}

/** What langgraph.json's `store.index` says. */
export type SemanticIndex = {
  readonly embedder: Embedder;
  /** Numbers of each vector. */
  readonly dims: number;
  /** Paths (see textsAtPath) of what gets a vector, unless a put says otherwise. */
  readonly fields: readonly string[];
};
