/** What an HTTP answer is written to, as far as it matters here. */
type Answering = { readonly destroyed: boolean; once(event: 'close', listener: () => void): unknown };

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

  /** Takes a place for an answer, until it has been sent or its client has gone; false: all are taken. */
  hold(outgoing: Answering): boolean {
    const place = this.take();
    if (place === null) return false;
    if (outgoing.destroyed)
      place[Symbol.dispose](); // it won't say so once more
    else outgoing.once('close', () => place[Symbol.dispose]());
    return true;
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
