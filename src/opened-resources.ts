/**
 * What has been opened so far; disposing of it closes that again, the last first, unless `move` has handed it on. It is what the package needs of
 * AsyncDisposableStack, which Node 22 doesn't have.
 */
export class OpenedResources implements AsyncDisposable {
  #resources: (Disposable | AsyncDisposable)[] = [];

  use<R extends Disposable | AsyncDisposable>(resource: R): R {
    this.#resources.push(resource);
    return resource;
  }

  /** Hands everything on to the one that is returned. */
  move(): OpenedResources {
    const moved = new OpenedResources();
    moved.#resources = this.#resources;
    this.#resources = [];
    return moved;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const resource = this.#resources.pop();
    if (resource === undefined) return;
    try {
      if (Symbol.asyncDispose in resource) await resource[Symbol.asyncDispose]();
      else resource[Symbol.dispose]();
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }
}
