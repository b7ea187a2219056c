/** A stored row of which a column can't be read. It concerns that row alone. */
export class DamagedRowError extends Error {
  override readonly name = 'DamagedRowError';
  /** The columns that can't be read. */
  readonly columns: readonly string[];

  constructor(columns: readonly string[], cause: unknown) {
    super(`A stored object is damaged: ${columns.join(', ')} cannot be read.`, { cause });
    this.columns = columns;
  }
}

/** Enumerable, so that copies made by a spread keep it; no JSON shows it. */
const DAMAGE = Symbol('damage');
type Damaged = { readonly [DAMAGE]?: { readonly error: DamagedRowError; readonly keys: readonly string[] } };

/**
 * Marks an object that was read from a row. Its damaged properties throw when they are read, so code that
 * does not need them works; copies lack them.
 */
export function markDamaged<T extends object>(value: T, keys: readonly string[], error: DamagedRowError): T {
  for (const key of keys)
    Object.defineProperty(value, key, {
      enumerable: false,
      get: () => {
        throw error;
      },
    });
  return Object.assign(value, { [DAMAGE]: { error, keys } });
}

/** Null: all of it could be read. */
export const damageOf = (value: object): DamagedRowError | null => (value as Damaged)[DAMAGE]?.error ?? null;

/** The object with null for what can't be read, for what must be done with it all the same. */
export function withoutDamage<T extends object>(value: T): T {
  const damage = (value as Damaged)[DAMAGE];
  if (damage === undefined) return value;
  return { ...value, ...Object.fromEntries(damage.keys.map((key) => [key, null])), [DAMAGE]: undefined };
}
