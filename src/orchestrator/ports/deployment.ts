import type { JsonObject } from '../../domain/json.ts';

/**
 * What a langgraph.json says of the deployment, beyond its graphs (protocol.md §8.2). Null: the file doesn't
 * say.
 */
export type Deployment = {
  readonly store: StoreSettings;
  /** Default for the threads that are created from now on. */
  readonly threadTtl: ThreadTtlSettings | null;
  readonly webhooks: WebhookSettings;
  readonly cors: CorsSettings | null;
  /** Which headers of a request become config.configurable of the run that it creates. Null: none. */
  readonly configurableHeaders: HeaderPatterns | null;
};

type StoreSettings = { readonly index: StoreIndexSettings | null; readonly ttl: StoreTtlSettings | null };

/** Semantic search over the store. */
export type StoreIndexSettings = {
  /** Length of a vector. */
  readonly dims: number;
  readonly embed: Embedding;
  /** Paths into an item's value; `$` is the whole of it. */
  readonly fields: readonly string[];
};
/**
 * What makes vectors: a model by the name of its provider (`openai:text-embedding-3-small`), or an export of
 * a file.
 */
export type Embedding =
  | { readonly kind: 'MODEL'; readonly provider: string; readonly model: string }
  /** `file` is absolute. */
  | { readonly kind: 'EXPORT'; readonly file: string; readonly exportName: string };

export type StoreTtlSettings = {
  /** Whether a read puts an item's end off. */
  readonly refreshOnRead: boolean;
  /** Null: an item that names no time to live has none. */
  readonly defaultMinutes: number | null;
  /** Null: nothing is swept; what has expired is hidden all the same. */
  readonly sweepMinutes: number | null;
};

export type ThreadTtlSettings = {
  /** What becomes of a thread at its end: it goes, or all but its newest state does. */
  readonly strategy: 'DELETE' | 'KEEP_LATEST';
  /** Null: a thread that names no time to live has none. */
  readonly defaultMinutes: number | null;
  readonly sweepMinutes: number;
  /** Threads per sweep; null: the server's own measure. */
  readonly sweepLimit: number | null;
};

export type WebhookSettings = {
  /** Sent with every webhook, variables filled in. */
  readonly headers: Readonly<Record<string, string>>;
  readonly url: {
    /** `*.example.com` means subdomains only. Null: any. */
    readonly allowedDomains: readonly string[] | null;
    /** Null: any. */
    readonly allowedPorts: readonly number[] | null;
    readonly requireHttps: boolean;
    /** Whether addresses of this machine and paths into this server are refused. */
    readonly disableLoopback: boolean;
    /** In characters. */
    readonly maxUrlLength: number;
  };
};

/** Which browsers' pages may ask this server for what. */
export type CorsSettings = {
  /** `*` among them: any. Null: not named, which leaves pages of this machine. */
  readonly allowOrigins: readonly string[] | null;
  /** Matched against the whole origin; null: none. */
  readonly allowOriginPattern: RegExp | null;
  /** Null: all that the server knows. */
  readonly allowMethods: readonly string[] | null;
  /** Null, or `*` among them: any. */
  readonly allowHeaders: readonly string[] | null;
  readonly allowCredentials: boolean;
  /** Beside those that clients of the protocol need. */
  readonly exposeHeaders: readonly string[];
  readonly maxAgeSeconds: number;
};

/** Header names in lower case; `*` stands for any text. What is excluded is so whatever else includes it. */
export type HeaderPatterns = { readonly includes: readonly string[]; readonly excludes: readonly string[] };

/** What LANGGRAPH_CONFIG says of a graph's default assistant. */
export type AssistantSeed = { readonly config: JsonObject; readonly context: JsonObject };

/** Of a langgraph.json that has nothing but graphs. */
export const PLAIN_DEPLOYMENT: Deployment = {
  store: { index: null, ttl: null },
  threadTtl: null,
  webhooks: {
    headers: {},
    url: {
      allowedDomains: null,
      allowedPorts: null,
      requireHttps: false,
      disableLoopback: true,
      maxUrlLength: 65_536,
    },
  },
  cors: null,
  configurableHeaders: null,
};
