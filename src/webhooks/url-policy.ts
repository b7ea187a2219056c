import type { WebhookSettings } from '../orchestrator/ports/deployment.ts';
import type { AllowedAddresses } from './allowed-addresses.ts';

export type UrlRules = WebhookSettings['url'];

/**
 * What is wrong with a webhook's URL by its text; null: nothing. Checked when a run is created, and of every place that a receiver redirects to.
 * Rules of langgraph.json's webhooks.url: protocol.md §8.2.
 */
export function urlProblem(url: URL, rules: UrlRules, addresses: AllowedAddresses): string | null {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return `must be an http: or https: URL, not ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'must not contain a user name or a password';
  if (rules.requireHttps && url.protocol !== 'https:') return 'must be an https: URL';
  if (url.href.length > rules.maxUrlLength) return `must be at most ${rules.maxUrlLength} characters long`;
  const { allowedDomains, allowedPorts } = rules;
  if (allowedDomains !== null && !allowedDomains.some((domain) => isOf(url.hostname, domain)))
    return `must be at one of these hosts: ${allowedDomains.join(', ')}`;
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (allowedPorts !== null && !allowedPorts.includes(port)) return `must use one of these ports: ${allowedPorts.join(', ')}`;
  return addresses.hostProblem(hostOf(url));
}

/** `*.example.com` means subdomains only. */
const isOf = (host: string, domain: string): boolean =>
  domain.startsWith('*.') ? host.endsWith(domain.slice(1)) && host.length > domain.length - 1 : host === domain;

/** Without the brackets of an IPv6 address. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[(.*)\]$/, '$1');
