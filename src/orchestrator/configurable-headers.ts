import type { JsonObject } from '../domain/json.ts';
import type { HeaderPatterns } from './ports/deployment.ts';

/** Secrets that no pattern reaches. */
const NEVER = new Set(['x-api-key', 'x-tenant-id', 'x-service-key']);
/** Secrets that only their full name reaches, never a wildcard. */
const ONLY_BY_NAME = new Set(['authorization', 'proxy-authorization', 'cookie']);

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The headers that become config.configurable of a run, by their names in lower case (protocol.md §7.4). */
export function configurableHeaders(patterns: HeaderPatterns | null, headers: Headers): JsonObject {
  if (patterns === null) return {};
  const chosen: Record<string, string> = {};
  for (const [given, value] of Object.entries(headers)) {
    const name = given.toLowerCase();
    if (value !== undefined && isIncluded(patterns, name)) chosen[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return chosen;
}

function isIncluded({ includes, excludes }: HeaderPatterns, name: string): boolean {
  if (NEVER.has(name) || matches(excludes, name)) return false;
  return ONLY_BY_NAME.has(name) ? includes.includes(name) : matches(includes, name);
}

const matches = (patterns: readonly string[], name: string): boolean => patterns.some((pattern) => toPattern(pattern).test(name));

const toPattern = (pattern: string): RegExp =>
  new RegExp(
    `^${pattern
      .split('*')
      .map((text) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*')}$`,
  );
