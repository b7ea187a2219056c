type Change<V> =
  | { readonly kind: 'PUT'; readonly value: V }
  | { readonly kind: 'PATCH'; readonly patch: Partial<V> }
  | { readonly kind: 'DELETE' };

/**
 * What one transaction changed in a table, on top of what is committed at the moment of each look (READ
 * COMMITTED).
 */
export class Overlay<K, V extends object> {
  readonly #base: Map<K, V>;
  readonly #changes = new Map<K, Change<V>>();

  constructor(base: Map<K, V>) {
    this.#base = base;
  }

  get changed(): Iterable<K> {
    return this.#changes.keys();
  }

  get(key: K): V | undefined {
    const change = this.#changes.get(key);
    if (change === undefined) return this.#base.get(key);
    if (change.kind === 'DELETE') return undefined;
    if (change.kind === 'PUT') return change.value;
    const base = this.#base.get(key);
    return base === undefined ? undefined : { ...base, ...change.patch };
  }

  *values(): Iterable<V> {
    for (const [key, base] of this.#base) {
      if (!this.#changes.has(key)) yield base;
      else {
        const value = this.get(key);
        if (value !== undefined) yield value;
      }
    }
    for (const [key, change] of this.#changes)
      if (change.kind === 'PUT' && !this.#base.has(key)) yield change.value;
  }

  put(key: K, value: V): void {
    this.#changes.set(key, { kind: 'PUT', value });
  }

  patch(key: K, patch: Partial<V>): void {
    const change = this.#changes.get(key);
    if (change?.kind === 'DELETE') return;
    if (change?.kind === 'PUT') this.put(key, { ...change.value, ...patch });
    else this.#changes.set(key, { kind: 'PATCH', patch: { ...change?.patch, ...patch } });
  }

  delete(key: K): void {
    this.#changes.set(key, { kind: 'DELETE' });
  }

  /** The commit: the changes are made to the rows as they are by now. */
  apply(): void {
    for (const key of this.#changes.keys()) {
      const value = this.get(key);
      if (value === undefined) this.#base.delete(key);
      else this.#base.set(key, value);
    }
  }
}
