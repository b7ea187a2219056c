/** Characters that a name, id or key may have, and those of longer texts: descriptions, queries, namespaces of checkpoints. */
export const MAX_NAME_LENGTH = 1_000;
export const MAX_TEXT_LENGTH = 10_000;

/** What is wrong with a text that names or describes something; null: nothing. Not every database can store the characters that it refuses. */
export function textFault(text: string, maxLength: number): string | null {
  if (text.length > maxLength) return `must have at most ${maxLength} characters (got ${text.length})`;
  if (text.includes('\0')) return 'must not contain NUL characters';
  return text.isWellFormed() ? null : 'must be well-formed Unicode: half of a surrogate pair is missing';
}
