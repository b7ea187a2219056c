import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** graphql-ws's own client, closed when the test has finished. */
export function wsClient(url: string, options: Partial<ClientOptions> = {}): Client {
  const client = createClient({ url, webSocketImpl: WebSocket, lazy: true, ...options });
  onTestFinished(async () => client.dispose());
  return client;
}
