import { createHmac } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Agent, Dispatcher, request } from 'undici';
import type { WebhookSettings } from '../orchestrator/ports/deployment.ts';
import type { Clock } from '../orchestrator/ports/environment.ts';
import type { WebhookAnswer, WebhookRequest, WebhookSender } from '../orchestrator/ports/webhooks.ts';
import { AllowedAddresses, hostOf, urlProblem } from './allowed-addresses.ts';

/** Sets these keys apart from whatever else may be derived from the secret. */
const PURPOSE = 'interject webhook endpoint v1';

/**
 * The Standard Webhooks secret of one endpoint, derived from the server's. Callers choose the URLs that
 * webhooks go to: with one secret for all, a caller's own receiver would get bodies whose signatures another
 * receiver accepts.
 *
 * @param secret base64, with or without `whsec_`
 * @param url its origin and path count, its query doesn't
 */
export function endpointSecret(secret: string, url: URL): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const derived = createHmac('sha256', key)
    .update(`${PURPOSE}\n${url.origin}${url.pathname}`)
    .digest('base64');
  return `whsec_${derived}`;
}

/** The host has no address that webhooks may be sent to. */
class NoAllowedAddressError extends Error {
  override readonly name = 'NoAllowedAddressError';
}

const UNRESOLVED = 'the host has no allowed address';

/** By error code. Sources: Node's, OpenSSL's and undici's lists of them. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/, UNRESOLVED],
  [/^ECONNREFUSED$/, 'the connection was refused'],
  [/^(ECONNRESET|EPIPE|ECONNABORTED|UND_ERR_SOCKET)$/, 'the connection was lost'],
  [/^(ETIMEDOUT|UND_ERR_\w*TIMEOUT)$/, 'no response in time'],
  [/^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL|EACCES)$/, 'the host could not be reached'],
  [
    /^(ERR_TLS_\w+|ERR_SSL_\w+|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|EPROTO|HOSTNAME_MISMATCH)$/,
    'the TLS connection failed',
  ],
  [/^(HPE_\w+|UND_ERR_\w+)$/, 'the response was not valid HTTP'],
];

/**
 * Why a request failed, in a fixed vocabulary: what a resolver or a library says may name internal hosts and
 * addresses, and callers read this.
 */
function failureReason(error: unknown): string {
  const cause = innermost(error);
  if (cause instanceof NoAllowedAddressError) return UNRESOLVED;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return REASONS.find(([pattern]) => pattern.test(code))?.[1] ?? 'the request failed';
}

/** For the operator's log: undici says "fetch failed" and the like around it. */
function failureDetail(error: unknown): string {
  const cause = innermost(error);
  return cause instanceof Error ? cause.message : String(cause);
}

function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0]);
  return error instanceof Error && error.cause instanceof Error ? innermost(error.cause) : error;
}

export type HttpWebhooksOptions = {
  readonly settings: WebhookSettings;
  /** Hosts, addresses and ranges that may be asked though they are not public. */
  readonly allowed: readonly string[];
  /**
   * Of each a secret for every endpoint is derived, which signs; none: nothing is signed. Two while a secret
   * is changed for another. Source: Standard Webhooks.
   */
  readonly secrets: readonly string[];
  readonly clock: Clock;
  /** Where this server is reached itself; absent or null: a path alone is refused. */
  readonly baseUrl?: () => string | null;
  /** Of one attempt with its redirects. Default: 10 s. */
  readonly timeoutMs?: number;
  /** Default: the system's resolver. */
  readonly lookup?: (host: string) => Promise<readonly LookupAddress[]>;
};

type Client = { readonly agent: Agent; readonly request: typeof request };

type Signed = {
  readonly id: string;
  readonly body: string;
  readonly signedFor: URL;
  readonly isFirstOrigin: boolean;
};

const DEFAULT_TIMEOUT_MS = 10_000;
const MAX_REDIRECTS = 3;
/** The response body is not used; this many bytes are read so that the connection can be reused. */
const MAX_ANSWER_BYTES = 16_384;

/**
 * Sends webhooks by HTTP, signed as Standard Webhooks has it (webhook-id, webhook-timestamp,
 * webhook-signature).
 */
export class HttpWebhooks implements WebhookSender, AsyncDisposable {
  readonly #options: HttpWebhooksOptions;
  readonly #addresses: AllowedAddresses;
  /** Made with the first webhook that is sent: the HTTP client takes 28 MiB, and most servers send none. */
  #client: Promise<Client> | null = null;

  constructor(options: HttpWebhooksOptions) {
    this.#options = options;
    this.#addresses = new AllowedAddresses(options.allowed, {
      loopback: !options.settings.url.disableLoopback,
    });
  }

  resolve(text: string): { readonly url: string } | { readonly problem: string } {
    const base =
      text.startsWith('/') && !this.#options.settings.url.disableLoopback
        ? (this.#options.baseUrl?.() ?? null)
        : null;
    if (text.startsWith('/') && base === null)
      return {
        problem:
          'must be an absolute URL: paths on this server are disabled (webhooks.url.disable_loopback in langgraph.json)',
      };
    if (!URL.canParse(text, base ?? undefined)) return { problem: 'must be an absolute http: or https: URL' };
    const url = new URL(text, base ?? undefined);
    const problem = this.#problemOf(url);
    return problem === null ? { url: url.href } : { problem };
  }

  async send({ id, url, body }: WebhookRequest, signal: AbortSignal): Promise<WebhookAnswer> {
    const timeout = new AbortController();
    const timeoutMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    using _timer = this.#options.clock.timer(timeoutMs, () => timeout.abort());
    try {
      return await this.#post(new URL(url), id, body, AbortSignal.any([signal, timeout.signal]));
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.signal.aborted)
        return { kind: 'failed', error: `no response within ${timeoutMs / 1_000} s` };
      return { kind: 'failed', error: failureReason(error), detail: failureDetail(error) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await (await this.#client)?.agent.destroy();
  }

  #connect(): Promise<Client> {
    const connect = async (): Promise<Client> => {
      const undici = await import('undici');
      // The addresses that are checked are those that are connected to: a name that resolves to another one a
      // moment later gains nothing.
      const timeout = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
      return {
        agent: new undici.Agent({ connect: { lookup: this.#lookup, timeout } }),
        request: undici.request,
      };
    };
    this.#client ??= connect();
    return this.#client;
  }

  async #post(first: URL, id: string, body: string, signal: AbortSignal): Promise<WebhookAnswer> {
    const { agent, request } = await this.#connect();
    for (let [url, redirects] = [first, 0]; ; redirects += 1) {
      // Again, also of the first: the rules may be others than when the run was created.
      const problem = this.#problemOf(url);
      if (problem !== null && redirects === 0) return { kind: 'failed', error: `the URL ${problem}` };
      if (problem !== null)
        return {
          kind: 'failed',
          error: 'redirected to a URL that is not allowed',
          detail: `${url.origin} ${problem}`,
        };
      const answer = await request(url, {
        method: 'POST',
        headers: this.#headers({ id, body, signedFor: first, isFirstOrigin: url.origin === first.origin }),
        body,
        dispatcher: agent,
        signal,
      });
      await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal });
      const next = redirectOf(answer, url);
      if (next === null) return { kind: 'answered', statusCode: answer.statusCode };
      if (redirects === MAX_REDIRECTS)
        return { kind: 'failed', error: `more than ${MAX_REDIRECTS} redirects` };
      url = next;
    }
  }

  /**
   * Headers of the operator's may hold a secret: another origin than the caller's doesn't get them. The
   * signature is that of the URL that the caller named, also behind redirects, or a caller's own receiver
   * could have bodies signed for another one.
   */
  #headers({ id, body, signedFor, isFirstOrigin }: Signed): Record<string, string> {
    const at = this.#options.clock.now();
    const signatures = this.#options.secrets.map((secret) =>
      new Webhook(endpointSecret(secret, signedFor)).sign(id, at, body),
    );
    return {
      ...(isFirstOrigin ? this.#options.settings.headers : {}),
      'content-type': 'application/json',
      'user-agent': 'interject',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
      ...(signatures.length === 0 ? {} : { 'webhook-signature': signatures.join(' ') }),
    };
  }

  readonly #lookup: LookupFunction = (host, { all }, callback) => {
    const lookup = this.#options.lookup ?? ((name: string) => systemLookup(name, { all: true }));
    lookup(host).then(
      (found) => {
        const allowed = this.#addresses.allowsHost(host)
          ? found
          : found.filter(({ address }) => this.#addresses.allows(address));
        const [first] = allowed;
        if (first === undefined) callback(new NoAllowedAddressError(`${host} has no allowed address`), '');
        else if (all === true) callback(null, [...allowed]);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ''),
    );
  };

  #problemOf(url: URL): string | null {
    return (
      urlProblem(url, this.#options.settings.url, this.#addresses) ??
      (hostOf(url) === '' ? 'must contain a host' : null)
    );
  }
}

/** Only 307 and 308 have the request sent again as it is. Source: RFC 9110 §15.4. */
function redirectOf({ statusCode, headers }: Dispatcher.ResponseData, from: URL): URL | null {
  const { location } = headers;
  if (
    (statusCode !== 307 && statusCode !== 308) ||
    typeof location !== 'string' ||
    !URL.canParse(location, from)
  )
    return null;
  return new URL(location, from);
}
