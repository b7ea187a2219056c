import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy in front of a service, whose connections a test can cut. Use it with `await using`. */
export class TcpProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What a new connection meets: the service, a reset, or silence. */
  #mode: 'PASS' | 'REFUSE' | 'STALL' = 'PASS';

  private constructor(target: URL) {
    this.#server = createServer((client) => {
      if (this.#mode === 'REFUSE') {
        client.resetAndDestroy();
        return;
      }
      const upstream = connect(Number(target.port), target.hostname);
      for (const [from, to] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(from);
        if (this.#mode === 'PASS') from.pipe(to);
        from.on('error', () => to.destroy());
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async before(serviceUrl: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(new URL(serviceUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The service's GraphQL endpoint, through the proxy. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/graphql`;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts every connection, and resets new ones until `restore`. */
  refuse(): void {
    this.#mode = 'REFUSE';
    this.cut();
  }

  /**
   * Passes nothing on any more, of connections old and new, and closes none: what a dead host or a broken
   * route looks like. Until `restore`.
   */
  stall(): void {
    this.#mode = 'STALL';
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** New connections reach the service again; stalled ones stay as they are. */
  restore(): void {
    this.#mode = 'PASS';
  }

  /** Cuts every connection, without a word of the protocol. */
  cut(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}
