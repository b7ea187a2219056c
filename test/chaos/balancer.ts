import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A TCP load balancer before the servers' API: each connection goes to the next server that takes it, and a
 * test can cut them all.
 */
export class Balancer implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** Ports of the servers that serve now. */
  readonly #targets = new Set<number>();
  #next = 0;

  private constructor() {
    this.#server = createServer((client) => {
      this.#sockets.add(client);
      client.on('close', () => this.#sockets.delete(client));
      client.on('error', () => client.destroy());
      this.#connect(client, this.#targets.size);
    });
  }

  static async start(): Promise<Balancer> {
    const balancer = new Balancer();
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  /** The GraphQL endpoint, of whichever server. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  add(port: number): void {
    this.#targets.add(port);
  }

  remove(port: number): void {
    this.#targets.delete(port);
  }

  /** Cuts every connection, without a word of the protocol; returns how many there were. */
  cut(): number {
    const count = this.#sockets.size;
    for (const socket of this.#sockets) socket.resetAndDestroy();
    return count;
  }

  /** Tries the next server, `left` of them at most; the client is reset when none takes it. */
  #connect(client: Socket, left: number): void {
    const targets = [...this.#targets];
    const port = targets[this.#next++ % targets.length];
    if (port === undefined || left <= 0) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    const onRefused = () => this.#connect(client, left - 1);
    upstream.once('error', onRefused);
    upstream.once('connect', () => {
      upstream.off('error', onRefused);
      this.#join(client, upstream);
    });
  }

  #join(client: Socket, upstream: Socket): void {
    upstream.on('error', () => client.resetAndDestroy());
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    if (client.destroyed) upstream.destroy();
    client.pipe(upstream);
    upstream.pipe(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
