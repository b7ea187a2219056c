export type Vector = readonly number[];

/** Cosine of the angle between two vectors of the same length; 0 when one of them has no direction. */
export function cosineSimilarity(left: Vector, right: Vector): number {
  let dot = 0;
  let leftSquares = 0;
  let rightSquares = 0;
  for (let index = 0; index < right.length; index++) {
    const a = left[index] ?? 0;
    const b = right[index] ?? 0;
    dot += a * b;
    leftSquares += a * a;
    rightSquares += b * b;
  }
  const lengths = Math.sqrt(leftSquares) * Math.sqrt(rightSquares);
  return lengths === 0 ? 0 : dot / lengths;
}
