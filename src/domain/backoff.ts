/** Pauses between tries: each is twice as long as the one before it, up to the longest. */
type Backoff = { readonly firstMs: number; readonly longestMs: number };

/** @param failures how many tries have failed in a row, ≥ 1 */
export const backoffMs = ({ firstMs, longestMs }: Backoff, failures: number): number =>
  Math.min(longestMs, firstMs * 2 ** (failures - 1));
