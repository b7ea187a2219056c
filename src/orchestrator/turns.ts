/** Lets calls that share a key run one after the other, in the order in which they came. Calls with other keys, and with none, run at once. */
export class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** Resolves and rejects as `act` does. That an earlier call failed is of no concern to the later ones. */
  async take<T>(key: string | null, act: () => Promise<T>): Promise<T> {
    if (key === null) return act();
    const earlier = this.#last.get(key);
    const mine = earlier === undefined ? act() : earlier.then(act, act);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
