import type { IncomingHttpHeaders } from 'node:http';
import type { CorsSettings } from '../orchestrator/ports/deployment.ts';

export type AccessSettings = {
  /**
   * Host names under which the server is reached beside loopback names and IP addresses; `*.example.com`
   * means subdomains, `*` any.
   */
  readonly hosts: readonly string[];
  /** Origins whose pages may call the server, beside those of `cors`; `*` means any. */
  readonly origins: readonly string[];
  /** langgraph.json's http.cors; null: not given. */
  readonly cors: CorsSettings | null;
};

const DEFAULT_CORS: CorsSettings = {
  allowOrigins: null,
  allowOriginPattern: null,
  allowMethods: null,
  allowHeaders: null,
  allowCredentials: false,
  exposeHeaders: [],
  maxAgeSeconds: 600,
};

const MAX_SHOWN = 200;

/**
 * Which requests of browsers are served. A server without authentication can be reached by any page that its
 * user opens, unless it looks at two headers: Host, which a page that had its own name resolved to this
 * address (DNS rebinding) can't choose, and Origin, which says whose page it is. Programs send no Origin and
 * are not restricted by it.
 */
export class AccessRules {
  /** What preflights are answered with, for allowed origins. */
  readonly cors: CorsSettings;
  readonly #hosts: readonly string[];
  readonly #origins: readonly string[];

  constructor({ hosts, origins, cors }: AccessSettings) {
    this.cors = cors ?? DEFAULT_CORS;
    this.#hosts = hosts.map((host) => host.toLowerCase());
    this.#origins = [...origins, ...(this.cors.allowOrigins ?? [])];
  }

  /** Why a request with these headers is refused; null: it is served. */
  problemOf({
    host,
    origin,
    'sec-fetch-site': fetchSite,
    'sec-fetch-mode': fetchMode,
  }: IncomingHttpHeaders): string | null {
    if (host !== undefined && !this.#allowsHost(hostnameOf(host)))
      return `The host ${shown(host)} is not allowed. If clients reach this server by that name, add it to INTERJECT_ALLOWED_HOSTS (--allowed-hosts).`;
    if (origin !== undefined && !this.#allowsOrigin(origin, host))
      return `The origin ${shown(origin)} is not allowed. To allow it, add it to INTERJECT_ALLOWED_ORIGINS (--allowed-origins) or to http.cors.allow_origins in langgraph.json.`;
    // An <img> or <script> of another site sends no Origin, and nothing of it could be meant for an API.
    if (
      origin === undefined &&
      fetchMode === 'no-cors' &&
      (fetchSite === 'cross-site' || fetchSite === 'same-site')
    )
      return 'Pages of other sites must not embed responses of this server; use fetch with mode "cors".';
    return null;
  }

  /**
   * What Access-Control-Allow-Origin says to a page of this origin; null: the header is left out, and the
   * browser refuses.
   */
  answeredOrigin(origin: string, host: string | undefined): string | null {
    if (!this.#allowsOrigin(origin, host)) return null;
    return this.#origins.includes('*') && !this.cors.allowCredentials ? '*' : origin;
  }

  #allowsHost(hostname: string | null): boolean {
    return (
      hostname !== null &&
      (isLoopbackName(hostname) ||
        isAddress(hostname) ||
        this.#hosts.some((allowed) => allowed === '*' || isHostOf(hostname, allowed)))
    );
  }

  #allowsOrigin(origin: string, host: string | undefined): boolean {
    if (this.#origins.includes('*') || this.#origins.includes(origin)) return true;
    if (this.cors.allowOriginPattern?.test(origin) === true) return true;
    // also "null", the origin of sandboxed frames and files
    if (host === undefined || !URL.canParse(origin)) return false;
    const page = new URL(origin);
    if (page.protocol !== 'http:' && page.protocol !== 'https:') return false;
    if (URL.canParse(`${page.protocol}//${host}`) && new URL(`${page.protocol}//${host}`).host === page.host)
      return true;
    // A page that this machine serves may call a server on this machine, unless langgraph.json says which
    // pages may.
    return (
      this.cors.allowOrigins === null &&
      isLoopbackName(page.hostname) &&
      isLoopbackName(hostnameOf(host) ?? '')
    );
  }
}

/** Lower case, IPv4 in its usual form, without port and trailing dot; null unless it is a host. */
function hostnameOf(host: string): string | null {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname.replace(/\.$/, '') : null;
}

/** Names that resolve to this machine by definition (RFC 6761), and its loopback addresses. */
const isLoopbackName = (hostname: string): boolean =>
  hostname === 'localhost' ||
  hostname.endsWith('.localhost') ||
  hostname === '[::1]' ||
  /^127(\.\d{1,3}){3}$/.test(hostname);

/** DNS has no part in reaching an address, so it can't be rebound. */
const isAddress = (hostname: string): boolean =>
  hostname.startsWith('[') || /^\d{1,3}(\.\d{1,3}){3}$/.test(hostname);

const isHostOf = (hostname: string, allowed: string): boolean =>
  allowed.startsWith('*.')
    ? hostname.endsWith(allowed.slice(1)) && hostname.length >= allowed.length
    : hostname === allowed;

/** Text of a caller's in an error: quoted and not endless. */
const shown = (text: string): string =>
  JSON.stringify(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);

/** A name, a wildcard for subdomains, or `*`; without scheme, port and path. */
export const isHostPattern = (text: string): boolean =>
  text === '*' || /^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(text);

/** `*`, or scheme, host and port as browsers write an origin. */
export const isOrigin = (text: string): boolean =>
  text === '*' || (URL.canParse(text) && originOf(text) === text);

/** Non-special schemes (a desktop app's `app://…`) have no origin of URL's own. */
function originOf(text: string): string {
  const { protocol, host, origin } = new URL(text);
  return origin === 'null' ? `${protocol}//${host}` : origin;
}
