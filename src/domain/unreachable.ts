/** Closes a `switch` over a closed set: a new member fails the type check here, a foreign value throws. */
export function unreachable(value: never): never {
  throw new Error(`Unexpected value: ${JSON.stringify(value)}`);
}
