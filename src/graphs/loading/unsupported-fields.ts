import type { Logger } from '../../orchestrator/ports/environment.ts';

/** A field of a langgraph.json that changes nothing here. */
type UnsupportedField = {
  /** With dots, such as `http.app`. */
  readonly key: string;
  /** What that means for who wrote it. */
  readonly consequence: string;
};

/** What the file says beyond what is honoured; nothing of it is passed over in silence. */
export type Unheeded = {
  /** Fields that would change how the server behaves. */
  readonly fields: readonly UnsupportedField[];
  /** Fields that only matter when an image is built. */
  readonly buildOnly: readonly string[];
};

const BUILD_ONLY = new Set([
  '$schema',
  'api_version',
  'base_image',
  'dependencies',
  'docker_compose_file',
  'dockerfile_lines',
  'image_distro',
  'keep_pkg_tools',
  'node_loader',
  'node_version',
  'pip_config_file',
  'pip_installer',
  'python_version',
]);

/** Members that are read; a nested map says the same of that member's own. */
type Known = { readonly [key: string]: true | Known };

const KNOWN: Known = {
  graphs: true,
  auth: true, // refused by readLanggraphJson
  env: true,
  store: {
    index: { dims: true, embed: true, fields: true },
    ttl: { refresh_on_read: true, default_ttl: true, sweep_interval_minutes: true },
  },
  checkpointer: {
    ttl: { strategy: true, default_ttl: true, sweep_interval_minutes: true, sweep_limit: true },
  },
  webhooks: {
    env_prefix: true,
    headers: true,
    url: {
      allowed_domains: true,
      allowed_ports: true,
      require_https: true,
      disable_loopback: true,
      max_url_length: true,
    },
  },
  http: {
    cors: {
      allow_origins: true,
      allow_methods: true,
      allow_headers: true,
      allow_credentials: true,
      allow_origin_regex: true,
      expose_headers: true,
      max_age: true,
    },
    configurable_headers: { includes: true, excludes: true },
  },
};

const CONSEQUENCES: Readonly<Record<string, string>> = {
  'checkpointer.backend': 'checkpoints are kept in the database of this server',
  'checkpointer.path': 'checkpoints are kept in the database of this server',
  'checkpointer.serde': "checkpoints are written in LangGraph's own form",
  'http.app': 'its routes and middleware are not served',
  'http.logging_headers': 'headers are not logged',
  'http.middleware_order': 'custom middleware is not supported',
  'http.enable_custom_route_auth': 'custom routes are not supported',
  'http.mount_prefix': 'routes are served at the root',
  ui: 'custom user interfaces are not served',
  ui_config: 'custom user interfaces are not served',
};

const consequenceOf = (key: string): string => {
  const known = CONSEQUENCES[key];
  if (known !== undefined) return known;
  return /^http\.disable_\w+$/.test(key) ? 'the routes are served regardless' : 'unknown to this server';
};

/** @param content the file as it was read */
export function unsupportedFields(content: Readonly<Record<string, unknown>>): Unheeded {
  const keys = unknownKeys(content, KNOWN);
  return {
    fields: keys
      .filter((key) => !BUILD_ONLY.has(key))
      .map((key) => ({ key, consequence: consequenceOf(key) })),
    buildOnly: keys.filter((key) => BUILD_ONLY.has(key)),
  };
}

function unknownKeys(content: object, known: Known, above = ''): string[] {
  return Object.entries(content).flatMap(([key, value]) => {
    // A switch that is off asks for nothing.
    if (value === undefined || value === null || value === false) return [];
    const inner = Object.hasOwn(known, key) ? known[key] : undefined;
    if (inner === undefined) return [`${above}${key}`];
    return inner === true || typeof value !== 'object' ? [] : unknownKeys(value, inner, `${above}${key}.`);
  });
}

/** One warning for each field, and one line for those of the image. */
export function warnOfUnsupported({ fields, buildOnly }: Unheeded, logger: Logger): void {
  for (const { key, consequence } of fields)
    logger.warn({ key }, `langgraph.json: ${key} is not supported: ${consequence}`);
  if (buildOnly.length > 0)
    logger.info(
      { keys: buildOnly },
      `langgraph.json: only used for building images: ${buildOnly.join(', ')}`,
    );
}
