/** So many places for something that this process does for clients at once. */
export class Capacity {
  readonly #max: number;
  /** Why nobody gets a place while all are taken, for an error. */
  readonly refusal: string;
  #taken = 0;

  constructor(max: number, refusal: string) {
    this.#max = max;
    this.refusal = refusal;
  }

  /** A place, until it is disposed of; null: all are taken. */
  take(): Disposable | null {
    if (this.#taken >= this.#max) return null;
    this.#taken += 1;
    let isHeld = true;
    return {
      [Symbol.dispose]: () => {
        if (isHeld) this.#taken -= 1;
        isHeld = false;
      },
    };
  }
}
