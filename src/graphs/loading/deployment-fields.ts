import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import {
  type CorsSettings,
  type Deployment,
  type Embedding,
  type HeaderPatterns,
  PLAIN_DEPLOYMENT,
} from '../../orchestrator/ports/deployment.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const REFERENCE = /\$\{\{\s*env\.(\w+)\s*\}\}/g;

/**
 * Header values with `${{ env.NAME }}` replaced by the variable (protocol.md §8.2). Only names that begin
 * with `prefix` may be used, so that a header can't give away any other secret of the process.
 *
 * @throws Error that names header and variable when it isn't set or may not be used
 */
function fillInVariables(
  headers: Readonly<Record<string, string>>,
  prefix: string,
  variables: Variables,
): Record<string, string> {
  const lookUp = (header: string, name: string): string => {
    if (!name.startsWith(prefix))
      throw new Error(`webhooks.headers.${header}: the variable ${name} must begin with ${prefix}`);
    const value = variables[name];
    if (value === undefined) throw new Error(`webhooks.headers.${header}: the variable ${name} is not set`);
    return value;
  };
  return Object.fromEntries(
    Object.entries(headers).map(([header, template]) => [
      header,
      template.replaceAll(REFERENCE, (_reference, name: string) => lookUp(header, name)),
    ]),
  );
}

const yesOrNo = z.boolean('must be true or false');
const words = z.array(z.string('must be a string'), 'must be a list of strings');
const minutes = z.number('must be a number of minutes').positive('must be greater than 0');
const count = z.int('must be a whole number').positive('must be greater than 0');
const section = <T extends z.ZodRawShape>(shape: T) => z.looseObject(shape, 'must be an object');

const EMBED =
  'must be "<provider>:<model>", such as "openai:text-embedding-3-small", or "<path>:<export>", such as "./embed.ts:embed"';
const DOMAIN = /^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*$/i;

/**
 * The fields of a langgraph.json that are honoured beside `graphs` and `env`; each of them may have members
 * that are not.
 */
export const deploymentFields = {
  store: section({
    index: section({
      dims: count,
      embed: z.string(EMBED).regex(/^[^:]+:./, EMBED),
      fields: words.min(1, 'must contain at least one field').optional(),
    }).optional(),
    ttl: section({
      refresh_on_read: yesOrNo.optional(),
      default_ttl: minutes.nullish(),
      sweep_interval_minutes: minutes.nullish(),
    }).optional(),
  }).optional(),
  checkpointer: section({
    ttl: section({
      strategy: z.enum(['delete', 'keep_latest'], 'must be "delete" or "keep_latest"').optional(),
      default_ttl: minutes.nullish(),
      sweep_interval_minutes: minutes.nullish(),
      sweep_limit: count.nullish(),
    }).optional(),
  }).optional(),
  webhooks: section({
    env_prefix: z.string('must be a string').min(1, 'must not be empty').optional(),
    headers: z.record(z.string(), z.string('must be a string'), 'must be a map of strings').optional(),
    url: section({
      allowed_domains: z
        .array(
          z
            .string('must be a string')
            .regex(DOMAIN, 'must be a domain, such as "example.com" or "*.example.com"'),
        )
        .nullish(),
      allowed_ports: z
        .array(z.int('must be a port').min(1, 'must be a port').max(65_535, 'must be a port'))
        .nullish(),
      require_https: yesOrNo.optional(),
      disable_loopback: yesOrNo.optional(),
      max_url_length: count.optional(),
    }).optional(),
  }).optional(),
  http: section({
    cors: section({
      allow_origins: words.optional(),
      allow_methods: words.optional(),
      allow_headers: words.optional(),
      allow_credentials: yesOrNo.optional(),
      allow_origin_regex: z
        .string('must be a string')
        .refine(isPattern, 'must be a regular expression')
        .nullish(),
      expose_headers: words.optional(),
      max_age: z.number('must be a number of seconds').min(0, 'must be 0 or more').optional(),
    })
      .refine(
        ({ allow_credentials, allow_origins, allow_origin_regex }) =>
          allow_credentials !== true ||
          (allow_origins === undefined ? allow_origin_regex != null : !allow_origins.includes('*')),
        'allow_credentials requires explicit allow_origins: browsers reject credentials for "*"',
      )
      .optional(),
    configurable_headers: section({ includes: words.nullish(), excludes: words.nullish() }).optional(),
  }).optional(),
};

type DeploymentFields = z.output<z.ZodObject<typeof deploymentFields>>;

/**
 * @param file absolute path of the langgraph.json: paths are relative to its folder
 * @param variables what headers of webhooks may refer to
 * @throws Error when a header refers to a variable that isn't set or may not be used
 */
export function toDeployment(
  fields: DeploymentFields,
  file: string,
  variables: Readonly<Record<string, string | undefined>>,
): Deployment {
  const { store, checkpointer, webhooks, http } = fields;
  const { webhooks: plain } = PLAIN_DEPLOYMENT;
  const ttl = checkpointer?.ttl;
  return {
    store: {
      index: store?.index
        ? {
            dims: store.index.dims,
            embed: toEmbedding(store.index.embed, file),
            fields: store.index.fields ?? ['$'],
          }
        : null,
      ttl: store?.ttl
        ? {
            refreshOnRead: store.ttl.refresh_on_read ?? true,
            defaultMinutes: store.ttl.default_ttl ?? null,
            sweepMinutes: store.ttl.sweep_interval_minutes ?? null,
          }
        : null,
    },
    threadTtl: ttl
      ? {
          strategy: ttl.strategy === 'keep_latest' ? 'KEEP_LATEST' : 'DELETE',
          defaultMinutes: ttl.default_ttl ?? null,
          sweepMinutes: ttl.sweep_interval_minutes ?? 5,
          sweepLimit: ttl.sweep_limit ?? null,
        }
      : null,
    webhooks: {
      headers: fillInVariables(webhooks?.headers ?? {}, webhooks?.env_prefix ?? 'LG_WEBHOOK_', variables),
      url: {
        allowedDomains: webhooks?.url?.allowed_domains?.map((domain) => domain.toLowerCase()) ?? null,
        allowedPorts: webhooks?.url?.allowed_ports ?? null,
        requireHttps: webhooks?.url?.require_https ?? plain.url.requireHttps,
        disableLoopback: webhooks?.url?.disable_loopback ?? plain.url.disableLoopback,
        maxUrlLength: webhooks?.url?.max_url_length ?? plain.url.maxUrlLength,
      },
    },
    cors: toCors(http?.cors),
    configurableHeaders: toHeaderPatterns(http?.configurable_headers),
  };
}

/** A path has a folder or an extension; a provider's name has neither. */
function toEmbedding(embed: string, file: string): Embedding {
  const colon = embed.indexOf(':');
  const [before, after] = [embed.slice(0, colon), embed.slice(colon + 1)];
  if (/[/\\]|\.[cm]?[jt]sx?$/.test(before))
    return { kind: 'EXPORT', file: resolve(dirname(file), before), exportName: after };
  return { kind: 'MODEL', provider: before, model: after };
}

type HttpFields = NonNullable<DeploymentFields['http']>;

function toCors(cors: HttpFields['cors']): CorsSettings | null {
  if (cors === undefined) return null;
  const { allow_origin_regex: pattern } = cors;
  return {
    // A pattern by itself means those origins and no others.
    allowOrigins: cors.allow_origins ?? (pattern == null ? null : []),
    allowOriginPattern: pattern == null ? null : wholeText(pattern),
    allowMethods:
      cors.allow_methods === undefined || cors.allow_methods.includes('*') ? null : cors.allow_methods,
    allowHeaders:
      cors.allow_headers === undefined || cors.allow_headers.includes('*') ? null : cors.allow_headers,
    allowCredentials: cors.allow_credentials ?? false,
    exposeHeaders: cors.expose_headers ?? [],
    maxAgeSeconds: cors.max_age ?? 600,
  };
}

function toHeaderPatterns(headers: HttpFields['configurable_headers']): HeaderPatterns | null {
  if (headers === undefined) return null;
  const lower = (patterns: readonly string[] | null | undefined) =>
    (patterns ?? []).map((pattern) => pattern.toLowerCase());
  return { includes: lower(headers.includes), excludes: lower(headers.excludes) };
}

const wholeText = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`);

function isPattern(text: string): boolean {
  try {
    wholeText(text);
    return true;
  } catch {
    return false;
  }
}
