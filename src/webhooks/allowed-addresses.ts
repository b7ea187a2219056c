import ipaddr from 'ipaddr.js';

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
 * Which addresses webhooks may be sent to: public ones, and what the operator allows beside them. Private, loopback, link-local and all other
 * special addresses are refused, whatever name or spelling they come by: a caller must not reach through this server what it can't reach itself
 * (server-side request forgery).
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
    return isPublic(address) || this.#ranges.some(([base, bits]) => base.kind() === address.kind() && address.match([base, bits]));
  }
}

/** Without the dots of the DNS root at its end: `localhost.` is localhost. */
const bareName = (host: string): string => host.toLowerCase().replace(/\.+$/, '');

/** 2000::/3 is all that is assigned (IANA). Below it are ::a.b.c.d and the prefixes of translators, which lead to IPv4 addresses. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

const isPublic = (address: ReturnType<typeof ipaddr.process>): boolean =>
  address.range() === 'unicast' && (address.kind() === 'ipv4' || address.match(GLOBAL_UNICAST));

const refusal = (host: string): string =>
  `must not be at ${host}: private, loopback and link-local addresses are refused unless INTERJECT_WEBHOOK_ALLOW names them`;
