import {
  createClient,
  type InterjectClient,
  type NewRun,
  type Run,
  unwrap,
} from '../../src/client/public.ts';

/** A message of a user, as an input of the graphs with messages. */
export const human = (content: string) => ({ messages: [{ type: 'human', content }] });

/** One thread of a service, and what most tests do with it. */
export class TestThread {
  readonly client: InterjectClient;
  readonly id: string;

  private constructor(client: InterjectClient, id: string) {
    this.client = client;
    this.id = id;
  }

  static async create(service: { readonly url: string }): Promise<TestThread> {
    const client = createClient({ url: service.url });
    return new TestThread(client, unwrap(await client.createThread()).id);
  }

  /** Starts a run and returns it as soon as it is stored. */
  async start(assistantId: string, run: Partial<NewRun> = {}): Promise<Run> {
    return unwrap(await this.client.createRun({ threadId: this.id, assistantId, ...run }));
  }

  /** Waits for the end of a run. */
  async join(run: { readonly id: string }) {
    return unwrap(await this.client.joinRun(this.id, run.id));
  }

  /** Runs a run to its end. */
  async run(assistantId: string, run: Partial<NewRun> = {}) {
    return this.join(await this.start(assistantId, run));
  }

  /** The state, which must be there. */
  async state(options?: { readonly checkpointId?: string; readonly subgraphs?: boolean }) {
    const state = await this.client.state<Record<string, unknown>>(this.id, options);
    if (state === null) throw new Error(`Thread ${this.id} has no state`);
    return state;
  }

  /** Type and text of the state's messages. */
  async said(): Promise<readonly (readonly [string, string])[]> {
    return (await this.state()).messages.map(({ type, text }) => [type, text] as const);
  }

  async status() {
    return (await this.client.thread(this.id))?.status;
  }
}
