import ipaddr from 'ipaddr.js';
import type { WebhookSettings } from '../orchestrator/ports/deployment.ts';

type Range = ReturnType<typeof ipaddr.parseCIDR>;

/** One host, address or range (CIDR) of INTERJECT_WEBHOOK_ALLOW; null for what is none of them. */
export function parseAllowed(text: string): { readonly host: string } | { readonly range: Range } | null {
  if (ipaddr.isValidCIDR(text)) return { range: ipaddr.parseCIDR(text) };
  if (ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return { range: [address, address.kind() === 'ipv4' ? 32 : 128] };
  }
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i.test(text) ? { host: text.toLowerCase() } : null;
}

/**
 * Which addresses webhooks may be sent to: public ones, and what the operator allows beside them. Private,
 * loopback, link-local and all other special addresses are refused, whatever name or spelling they come by: a
 * caller must not reach through this server what it can't reach itself (server-side request forgery).
 */
export class AllowedAddresses {
  readonly #hosts: ReadonlySet<string>;
  readonly #ranges: readonly Range[];

  /** @param allowed hosts, addresses and ranges; what parseAllowed doesn't know is left out */
  constructor(allowed: readonly string[], { loopback }: { readonly loopback: boolean }) {
    const parsed = [...allowed, ...(loopback ? ['127.0.0.0/8', '::1', 'localhost'] : [])].map(parseAllowed);
    this.#hosts = new Set(parsed.flatMap((one) => (one !== null && 'host' in one ? [one.host] : [])));
    this.#ranges = parsed.flatMap((one) => (one !== null && 'range' in one ? [one.range] : []));
  }

  /** Of a host that is written in a URL; null: it may be asked, if its addresses may. */
  hostProblem(host: string): string | null {
    if (this.allowsHost(host)) return null;
    if (ipaddr.isValid(host)) return this.allows(host) ? null : refusal(host);
    const name = bareName(host);
    return name === 'localhost' || name.endsWith('.localhost') ? refusal(host) : null;
  }

  /** Allowed by its name: then its addresses don't matter. */
  allowsHost(host: string): boolean {
    return this.#hosts.has(bareName(host));
  }

  allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text); // an IPv4 address inside of an IPv6 one is that IPv4 address
    return (
      isPublic(address) ||
      this.#ranges.some(([base, bits]) => base.kind() === address.kind() && address.match([base, bits]))
    );
  }
}

/** Without the dots of the DNS root at its end: `localhost.` is localhost. */
const bareName = (host: string): string => host.toLowerCase().replace(/\.+$/, '');

/**
 * 2000::/3 is all that is assigned (IANA). Below it are ::a.b.c.d and the prefixes of translators, which lead
 * to IPv4 addresses.
 */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

const isPublic = (address: ReturnType<typeof ipaddr.process>): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST));

const refusal = (host: string): string =>
  `must not be at ${host}: private, loopback and link-local addresses are rejected unless listed in INTERJECT_WEBHOOK_ALLOW`;

export type UrlRules = WebhookSettings['url'];

/**
 * What is wrong with a webhook's URL by its text; null: nothing. Checked when a run is created, and of every
 * place that a receiver redirects to. Rules of langgraph.json's webhooks.url: protocol.md §8.2.
 */
export function urlProblem(url: URL, rules: UrlRules, addresses: AllowedAddresses): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return `must be an http: or https: URL (got ${url.protocol})`;
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (rules.requireHttps && url.protocol !== 'https:') return 'must be an https: URL';
  if (url.href.length > rules.maxUrlLength) return `must be at most ${rules.maxUrlLength} characters long`;
  const { allowedDomains, allowedPorts } = rules;
  if (allowedDomains !== null && !allowedDomains.some((domain) => isOf(url.hostname, domain)))
    return `must be at one of these hosts: ${allowedDomains.join(', ')}`;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (allowedPorts !== null && !allowedPorts.includes(port))
    return `must use one of these ports: ${allowedPorts.join(', ')}`;
  return addresses.hostProblem(hostOf(url));
}

/** `*.example.com` means subdomains only. */
const isOf = (host: string, domain: string): boolean =>
  domain.startsWith('*.')
    ? host.endsWith(domain.slice(1)) && host.length > domain.length - 1
    : host === domain;

/** Without the brackets of an IPv6 address. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');
