import type { TypedDocumentString } from './generated/graphql.ts';

/** The text of a GraphQL operation that knows the types of its result and variables. The documents of graphql-codegen's string mode are such. */
export type DocumentOf<Result, Variables> = Pick<TypedDocumentString<Result, Variables>, '__apiType' | 'toString'>;
